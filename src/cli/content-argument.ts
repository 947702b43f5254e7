import { readFile, stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

/** The content of a file, or of standard input for `-`. Throws `CommandFailure` for what cannot be read, and for a folder. */
export async function contentOf(name: string): Promise<Buffer> {
  if (name === '-') return buffer(process.stdin);
  try {
    const found = await stat(name);
    if (found.isDirectory()) throw new CommandFailure(exitCodes.noInput, `${name} is a folder`);
    return await readFile(name);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(exitCodes.noInput, code === 'ENOENT' ? `${name}: there is no such file` : message, {
      cause: error,
    });
  }
}
