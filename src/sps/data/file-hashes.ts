import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** MD5, SHA-1 and SHA-256 of a file. Throws what the file system throws. */
export async function fileHashes(file: string): Promise<Buffer[]> {
  const digests = ['md5', 'sha1', 'sha256'].map((algorithm) => createHash(algorithm));
  for await (const chunk of createReadStream(file)) for (const digest of digests) digest.update(chunk);
  return digests.map((digest) => digest.digest());
}
