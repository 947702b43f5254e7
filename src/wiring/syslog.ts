import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../adapters/settings/settings.ts';
import { PositionFileDamaged, readPosition, writePosition } from '../adapters/syslog/position-file.ts';
import type { RelayOptions } from './relay.ts';
import { type RunningRelay, startRelayThread } from './relay-thread.ts';
import type { SyslogWorkerOptions } from './syslog-worker.ts';

/**
 * With `[syslog] target`, starts the relay of lines to the syslog server, from where an earlier one had come; at first from
 * now on. Without, forgets how far it had come. The journal's retention does not wait for it: a syslog server that is away
 * must not fill the journal until mail is refused.
 */
export async function startSyslogIfSet(
  parts: Omit<RelayOptions, 'journalFolder'> & { settings: Settings },
): Promise<RunningRelay> {
  const { settings, ...rest } = parts;
  const { syslog, state } = settings;
  const positionFile = join(state.folder, 'syslog', 'position.json');
  const { target } = syslog;
  if (target === undefined) {
    await rm(positionFile, { force: true });
    return { stop: () => Promise.resolve() };
  }
  const position = await positionOf(positionFile, rest);
  return startRelayThread({
    ...rest,
    name: 'relay to syslog',
    file: new URL('./syslog-worker.ts', import.meta.url),
    journalFolder: join(state.folder, 'journal'),
    position,
    // The thread keeps it in its file.
    onConfirmed: () => undefined,
    more: {
      positionFile,
      syslog: structuredClone({ ...syslog, target }),
      host: state.gateway_name,
    } satisfies SyslogWorkerOptions,
  });
}

/** Where to go on; the file is there afterwards. */
async function positionOf(file: string, { journal, onProblem }: Pick<RelayOptions, 'journal' | 'onProblem'>) {
  const head = journal.head();
  const known = await readPosition(file).catch((error) => {
    if (!(error instanceof PositionFileDamaged)) throw error;
    onProblem('syslog goes on with what is logged from now on', error);
    return undefined;
  });
  if (known !== undefined && known.sequence <= head) return known.sequence;
  if (known !== undefined)
    onProblem('syslog goes on with what is logged from now on: the journal is another one than before', undefined);
  await writePosition(file, { sequence: head });
  return head;
}
