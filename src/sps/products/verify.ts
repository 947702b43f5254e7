import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { packagedComponents } from '../protocol/component-package.ts';
import { type Publication, productPath } from './publication.ts';

/** Reads every file that is published and compares its SHA-256. Throws an `Error` that names one that is damaged or missing. */
export async function verifyPublication(folder: string, { components }: Publication): Promise<void> {
  for (const component of packagedComponents) {
    for (const { sha256 } of [...components[component].files, ...components[component].deltas]) {
      const digest = createHash('sha256');
      for await (const piece of createReadStream(productPath(folder, sha256), { highWaterMark: 1024 * 1024 }))
        digest.update(piece);
      if (digest.digest('hex') !== sha256) throw new Error(`${component}: ${productPath(folder, sha256)} is damaged`);
    }
  }
}
