import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Journal } from '../actors/ports/journal.ts';
import { readAct } from '../adapters/audit/read-act.ts';
import { createInboxFolder } from '../adapters/inbox/inbox-folder.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { Envelope } from '../events/envelope.ts';
import type { TellProblem } from './tell-problem.ts';

/** Where the command line tells the gateway of a state folder what it does. */
export function auditFolder({ state }: Pick<Settings, 'state'>): string {
  return join(state.folder, 'audit');
}

/** One reading of the folder is waited for no longer than this when the program ends; what is left is taken at the next start. */
const stopMs = 1000;

export interface AuditOptions {
  settings: Settings;
  journal: Pick<Journal, 'append' | 'durable'>;
  /** CloudEvents source of the gateway. */
  source: string;
  /** Takes each event besides the journal. */
  onEvent: (event: Envelope) => void;
  onProblem: TellProblem;
}

/** A gateway that takes up what was done on the command line. */
export interface RunningAudit {
  stop(): Promise<void>;
}

/** Takes notes on acts into the journal, also those that were left while no gateway ran. A note goes when it is on disk there. */
export function startAudit({ settings, journal, source, onEvent, onProblem }: AuditOptions): RunningAudit {
  const abort = new AbortController();
  const inbox = createInboxFolder(auditFolder(settings), onProblem);
  const reading = inbox.read(async ({ text, place }) => {
    const event = readAct(text, source);
    if (event === undefined) return onProblem(`${place} in ${auditFolder(settings)} is no note on an act`, undefined);
    journal.append('system', event);
    onEvent(event);
    await journal.durable();
  }, abort.signal);
  return {
    async stop() {
      abort.abort();
      await Promise.race([reading, wait(stopMs, undefined, { ref: false })]);
    },
  };
}
