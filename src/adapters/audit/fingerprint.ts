import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, replaceFile } from '../files/durable-file.ts';

/** Bytes of the key. */
const keyBytes = 32;

/**
 * A function that gives secrets a fingerprint: 16 hexadecimal digits, of use only to whoever has the key of the folder, which is
 * made when it is not there. With another key every secret looks changed.
 * @throws as the file system does
 */
export async function createFingerprint(folder: string): Promise<(secret: string) => string> {
  const file = join(folder, 'fingerprint.key');
  const kept = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  const key = kept ?? (await makeKey(folder, file));
  return (secret) => createHmac('sha256', key).update(secret).digest('hex').slice(0, 16);
}

async function makeKey(folder: string, file: string): Promise<Buffer> {
  const key = randomBytes(keyBytes);
  await makeFolder(folder);
  await replaceFile(file, join(folder, `${randomUUID()}.tmp`), [key]);
  return key;
}
