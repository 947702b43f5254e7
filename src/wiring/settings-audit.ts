import { randomUUID } from 'node:crypto';
import type { Journal } from '../actors/ports/journal.ts';
import { createFingerprint } from '../adapters/audit/fingerprint.ts';
import { defaultOf, settingsInForce } from '../adapters/settings/in-force.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { type Actor, type SettingsNote, settingsEvent, settingsSubject } from '../events/audit.ts';
import type { Envelope } from '../events/envelope.ts';
import { changedSettings, type SettingInForce } from '../events/settings-change.ts';
import { auditFolder } from './audit.ts';
import type { TellProblem } from './tell-problem.ts';

/** How often it is looked whether retention has deleted the last word on the settings. */
const keepMs = 3_600_000;

export interface SettingsAuditOptions {
  settings: Settings;
  journal: Pick<Journal, 'append' | 'latest'>;
  /** CloudEvents source of the gateway. */
  source: string;
  startedBy: Actor;
  /** Takes each event besides the journal. */
  onEvent: (event: Envelope) => void;
  onProblem: TellProblem;
}

/** What the log says of the settings in force. */
export interface SettingsAudit {
  /** Other settings are in force. @param later where they wait for the next start, as `[smtp]` or `[smart_scan] proxy` */
  adopted(settings: Settings, by: Actor, later: readonly string[]): void;
  stop(): void;
}

/**
 * Tells when settings come into force that were not before: by the log, so that a change made while nothing ran is told, too.
 * The log always holds the newest word on them, whatever retention deletes.
 */
export async function startSettingsAudit(options: SettingsAuditOptions): Promise<SettingsAudit> {
  const { settings, journal, source, startedBy, onEvent, onProblem } = options;
  const fingerprint = await createFingerprint(auditFolder(settings));
  const last = async () =>
    (await journal.latest('system')).find(({ event }) => event.subject === settingsSubject)?.event;
  let inForce: readonly SettingInForce[] = [];
  const tell = (note: Omit<SettingsNote, 'id' | 'timeMs' | 'inForce'>) => {
    const event = settingsEvent({ ...note, id: randomUUID(), timeMs: Date.now(), inForce }, source);
    journal.append('system', event);
    onEvent(event);
  };
  const adopt = (
    before: readonly SettingInForce[],
    now: readonly SettingInForce[],
    at: SettingsNote['at'],
    by: Actor,
  ) => {
    inForce = now;
    const changes = changedSettings(before, now, defaultOf);
    if (changes.length > 0) tell({ at, by, changes });
  };
  const before = (await last())?.data.inForce as readonly SettingInForce[] | undefined;
  adopt(before ?? settingsInForce(settings, fingerprint), settingsInForce(settings, fingerprint), 'start', startedBy);
  if (before === undefined) tell({ at: 'start', by: startedBy, changes: [] });
  const keep = async () => {
    if ((await last()) === undefined) tell({ at: 'kept', by: startedBy, changes: [] });
  };
  const timer = setInterval(() => {
    keep().catch((error) => onProblem('the settings in force could not be told again', error));
  }, keepMs).unref();
  return {
    adopted(changed, by, later) {
      const now = settingsInForce(changed, fingerprint);
      adopt(inForce, [...inForce.filter(isOf(later)), ...now.filter((each) => !isOf(later)(each))], 'restart', by);
    },
    stop: () => clearInterval(timer),
  };
}

/** Whether a setting is in one of these places, as `[smtp]` or `[smart_scan] proxy`. */
function isOf(places: readonly string[]): (setting: SettingInForce) => boolean {
  return ({ section, key }) => places.includes(`[${section}]`) || places.includes(`[${section}] ${key}`);
}
