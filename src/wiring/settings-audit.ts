import { randomUUID } from 'node:crypto';
import { auditedSettings, defaultOf } from '../adapters/settings/audited-settings.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { type Actor, type SettingsNote, settingsEvent, settingsSubject } from '../events/audit.ts';
import type { Envelope, Recorded } from '../events/envelope.ts';
import { changedSettings, type SettingInForce } from '../events/settings-change.ts';
import type { TellProblem } from './tell-problem.ts';

/** How often it is looked whether retention has deleted the last word on the settings. */
const keepMs = 3_600_000;

export interface SettingsAuditOptions {
  settings: Settings;
  /** The newest event of each subject of the lane `system`. */
  latest: () => Promise<readonly Recorded[]>;
  /** CloudEvents source of the gateway. */
  source: string;
  startedBy: Actor;
  fingerprint: (secret: string) => string;
  record: (event: Envelope) => void;
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
  const { settings, latest, source, startedBy, fingerprint, record, onProblem } = options;
  const last = async () => (await latest()).find(({ event }) => event.subject === settingsSubject)?.event;
  let inForce: readonly SettingInForce[] = [];
  const tell = (note: Omit<SettingsNote, 'id' | 'timeMs' | 'inForce'>) => {
    record(settingsEvent({ ...note, id: randomUUID(), timeMs: Date.now(), inForce }, source));
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
  adopt(before ?? auditedSettings(settings, fingerprint), auditedSettings(settings, fingerprint), 'start', startedBy);
  if (before === undefined) tell({ at: 'start', by: startedBy, changes: [] });
  const keep = async () => {
    if ((await last()) === undefined) tell({ at: 'kept', by: startedBy, changes: [] });
  };
  const timer = setInterval(() => {
    keep().catch((error) => onProblem('the settings in force could not be told again', error));
  }, keepMs).unref();
  return {
    adopted(changed, by, later) {
      const now = auditedSettings(changed, fingerprint);
      adopt(inForce, [...inForce.filter(isOf(later)), ...now.filter((each) => !isOf(later)(each))], 'restart', by);
    },
    stop: () => clearInterval(timer),
  };
}

/** Whether a setting is in one of these places, as `[smtp]` or `[smart_scan] proxy`. */
function isOf(places: readonly string[]): (setting: SettingInForce) => boolean {
  return ({ section, key }) => places.includes(`[${section}]`) || places.includes(`[${section}] ${key}`);
}
