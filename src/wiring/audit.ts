import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Journal } from '../actors/ports/journal.ts';
import { createFingerprint } from '../adapters/audit/fingerprint.ts';
import { readAct } from '../adapters/audit/read-act.ts';
import { createInboxFolder } from '../adapters/inbox/inbox-folder.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { Actor } from '../events/audit.ts';
import type { Envelope } from '../events/envelope.ts';
import { type SettingsAudit, startSettingsAudit } from './settings-audit.ts';
import type { TellProblem } from './tell-problem.ts';

/** Where the command line tells the gateway of a state folder what it does. */
export function auditFolder({ state }: Pick<Settings, 'state'>): string {
  return join(state.folder, 'audit');
}

/** One reading of the folder is waited for no longer than this when the program ends; what is left is taken at the next start. */
const stopMs = 1000;

export interface AuditOptions {
  settings: Settings;
  journal: Pick<Journal, 'append' | 'durable' | 'latest'>;
  /** CloudEvents source of the gateway. */
  source: string;
  startedBy: Actor;
  /** Takes each event besides the journal. */
  onEvent: (event: Envelope) => void;
  onProblem: TellProblem;
}

/** A gateway that keeps the audit trail. */
export interface RunningAudit extends Pick<SettingsAudit, 'adopted'> {
  stop(): Promise<void>;
}

/**
 * Tells which settings are in force, and takes notes on what was done on the command line into the journal, also those that
 * were left while no gateway ran. A note goes when it is on disk there.
 */
export async function startAudit({ settings, onProblem, ...options }: AuditOptions): Promise<RunningAudit> {
  const { journal, source, startedBy, onEvent } = options;
  const folder = auditFolder(settings);
  const record = (event: Envelope) => {
    journal.append('system', event);
    onEvent(event);
  };
  const fingerprint = await createFingerprint(folder);
  const inForce = await startSettingsAudit({
    ...{ settings, source, startedBy, record, fingerprint, onProblem },
    latest: () => journal.latest('system'),
  });
  const abort = new AbortController();
  const reading = createInboxFolder(folder, onProblem).read(async ({ text, place }) => {
    const event = readAct(text, source);
    if (event === undefined) return onProblem(`${place} in ${folder} is no note on an act`, undefined);
    record(event);
    await journal.durable();
  }, abort.signal);
  return {
    adopted: inForce.adopted,
    async stop() {
      inForce.stop();
      abort.abort();
      await Promise.race([reading, wait(stopMs, undefined, { ref: false })]);
    },
  };
}
