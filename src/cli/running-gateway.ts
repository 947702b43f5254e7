import { findProcess } from '../adapters/pid-file/pid-file.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

/**
 * The process of the gateway of this state folder.
 * @param then what that means when there is none
 * @throws {CommandFailure} when there is none
 */
export async function runningGateway({ state, file }: Settings, then: string): Promise<number> {
  const found = await findProcess(state.folder);
  if (found.state === 'running') return found.pid;
  const given = file === undefined ? 'there is no settings file' : `[state] folder of ${file}`;
  throw new CommandFailure(exitCodes.unavailable, `no gateway runs on ${state.folder} (${given}): ${then}`);
}
