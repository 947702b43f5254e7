import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { leaveInFolder } from '../adapters/inbox/inbox-folder.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { ActNote, AdminAct } from '../events/audit.ts';
import { auditFolder } from '../wiring/audit.ts';
import { CommandFailure, exitCodeOf } from './failure.ts';
import { person } from './person.ts';

/** What an administrator does. */
export interface Act {
  what: AdminAct;
  /** What it is done to: an id, a name, a file. */
  target?: string;
  /** What was so before, and what is so when it is done. */
  before?: string;
  after?: string;
  /** Also where no gateway has run yet: one will, as this makes its log. */
  makesLog?: true;
}

/**
 * Does something and has it audited: that it begins is on disk before anything is done, and what came of it afterwards. The
 * gateway takes both into its log, now or at its next start. Where no gateway has ever run there is no log to write to.
 * @throws {CommandFailure} with nothing done, when the note cannot be left; what `work` throws
 */
export async function audited<Result>(
  settings: Pick<Settings, 'state'>,
  act: Act,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  if (!act.makesLog && !existsSync(join(settings.state.folder, 'journal'))) return await work();
  const leave = await begun(settings, act);
  try {
    const result = await work();
    await leave('done', null);
    return result;
  } catch (error) {
    await leave('failed', error instanceof Error ? error.message : String(error));
    throw error;
  }
}

type Leave = (phase: 'done' | 'failed', reason: string | null) => Promise<void>;

async function begun(settings: Pick<Settings, 'state'>, act: Act): Promise<Leave> {
  const { what, target = null, before = null, after = null } = act;
  const base = { act: randomUUID(), what, who: person(), target, before };
  const leave = (note: Pick<ActNote, 'phase' | 'after' | 'reason'>) => {
    const whole: ActNote = { ...base, ...note, timeMs: Date.now() };
    return leaveInFolder(auditFolder(settings), `${base.act}.${note.phase}`, JSON.stringify(whole));
  };
  await leave({ phase: 'begun', after: null, reason: null }).catch((error: Error) => {
    throw new CommandFailure(exitCodeOf(error), `nothing was done, as it cannot be audited: ${error.message}`, {
      cause: error,
    });
  });
  return (phase, reason) =>
    leave({ phase, after: phase === 'done' ? after : null, reason }).catch((error: Error) => {
      // It has been done, or has failed: that is what the user must hear first.
      process.stderr.write(`sekisho: the audit trail lacks what came of it: ${error.message}\n`);
    });
}
