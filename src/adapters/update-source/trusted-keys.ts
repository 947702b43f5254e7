import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ComponentRefused } from '../../actors/ports/components.ts';
import { keyIdOf } from '../../sps/protocol/dsse.ts';

/** A key that may sign components. */
export interface TrustedKey {
  id: string;
  key: KeyObject;
}

/** A file of keys has a few hundred bytes. */
const bytesMax = 1024 * 1024;
const block = /-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]{1,4096}-----END PUBLIC KEY-----/g;

/** Reads the keys to trust from a PEM file. Throws `ComponentRefused` (no-key) that says what is wrong with the file. */
export async function readTrustedKeys(file: string): Promise<TrustedKey[]> {
  const refuse = (why: string, cause?: unknown) =>
    new ComponentRefused('no-key', `no key to check updates with: ${file} ${why}`, { cause });
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw refuse(error.code === 'ENOENT' ? 'is not there' : `cannot be read: ${error.message}`, error);
  });
  const found = text.length > bytesMax ? [] : (text.match(block) ?? []);
  if (found.length === 0) throw refuse('holds no public key (PEM)');
  return found.map((pem) => {
    try {
      const key = createPublicKey(pem);
      if (key.asymmetricKeyType !== 'ed25519') throw new Error(`a key is ${key.asymmetricKeyType}, not Ed25519`);
      return { id: keyIdOf(key), key };
    } catch (error) {
      throw refuse(`cannot be used: ${(error as Error).message}`, error);
    }
  });
}
