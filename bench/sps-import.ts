import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Import of tens of millions of hashes and the build of what is published of them, in a process of its own: its memory is part of the result. */
export async function spsImport(): Promise<string> {
  const program = new URL('./support/import-and-build.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', program]);
  return stdout.trimEnd();
}
