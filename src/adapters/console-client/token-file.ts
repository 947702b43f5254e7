import { readFileSync, statSync } from 'node:fs';

/** The first line of a file that nobody but its owner may read. @throws with a message that does not say what stands there */
export function readTokenFile(file: string): string {
  if ((statSync(file).mode & 0o077) !== 0) throw new Error(`${file} must be for its owner alone: chmod 600`);
  const [line = ''] = readFileSync(file, 'utf8').split(/\r?\n/, 1);
  const token = line.trim();
  if (!/^[\x21-\x7e]{1,256}$/.test(token)) throw new Error(`${file} has no token in its first line`);
  return token;
}
