import { readFileSync, statSync } from 'node:fs';

/**
 * The key of a service: the first line of its file, which only its owner may read. Throws with a sentence that does not hold the key.
 * @param what which characters a key may have: it becomes part of a header or of a name
 */
export function readKey(file: string, what: RegExp): string {
  const { mode } = statSync(file);
  if ((mode & 0o077) !== 0)
    throw new Error(`${file} can be read by others than its owner (mode ${(mode & 0o777).toString(8)}): chmod 600 it`);
  const [line = ''] = readFileSync(file, 'utf8').split(/\r?\n/, 1);
  const key = line.trim();
  if (!what.test(key)) throw new Error(`${file} holds no key of this service in its first line`);
  return key;
}
