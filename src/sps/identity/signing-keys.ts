import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyIdOf } from '../protocol/dsse.ts';
import { replaceFile } from './replace-file.ts';

/** A key that signs components. */
export interface SigningKey {
  /** As envelopes name it. */
  id: string;
  privateKey: KeyObject;
  /** PEM, for those who are to trust it. */
  publicPem: string;
}

/** The file of the keys cannot be used; the message says why. */
export class SigningKeysUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SigningKeysUnusable';
  }
}

/** Private keys, the newest first (Ed25519, PKCS #8, PEM; mode 0600). */
export function signingKeyFile(folder: string): string {
  return join(folder, 'signing-key.pem');
}

/** Their public halves: what gateways trust. */
export function publicKeyFile(folder: string): string {
  return join(folder, 'signing-key.pub.pem');
}

const block = /-----BEGIN PRIVATE KEY-----[A-Za-z0-9+/=\s]{1,4096}-----END PRIVATE KEY-----/g;

/** The keys of an SPS folder, the newest first; undefined: none were made yet. Throws `SigningKeysUnusable`. */
export function readSigningKeys(folder: string): SigningKey[] | undefined {
  const file = signingKeyFile(folder);
  try {
    const blocks = readFileSync(file, 'utf8').match(block) ?? [];
    if (blocks.length === 0) throw new Error('it holds no private key');
    return blocks.map((pem) => signingKey(createPrivateKey(pem)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SigningKeysUnusable(`${file} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

/** The keys of an SPS folder; one is made when there is none. Throws `SigningKeysUnusable`. */
export async function loadSigningKeys(folder: string): Promise<SigningKey[]> {
  const found = readSigningKeys(folder);
  if (found === undefined) return writeSigningKeys(folder, [newSigningKey()]);
  // Written last: a crash may have come between, or a person may have removed it.
  if (readPublic(folder) !== publicText(found)) await replaceFile(publicKeyFile(folder), publicText(found), 0o644);
  return found;
}

/**
 * Makes a new key. The one that was newest up to now goes on signing beside it, so that whoever trusts only that still takes what
 * comes; an older one goes. @param isRevoked the old one is not to be used any more, not even once
 */
export async function rotateSigningKeys(folder: string, isRevoked: boolean): Promise<SigningKey[]> {
  const [last] = (await loadSigningKeys(folder)).slice(0, isRevoked ? 0 : 1);
  return writeSigningKeys(folder, [newSigningKey(), ...(last ? [last] : [])]);
}

function newSigningKey(): SigningKey {
  return signingKey(generateKeyPairSync('ed25519').privateKey);
}

function signingKey(privateKey: KeyObject): SigningKey {
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new Error(`a key is ${privateKey.asymmetricKeyType}, not Ed25519`);
  const publicKey = createPublicKey(privateKey);
  return {
    id: keyIdOf(publicKey),
    privateKey,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

async function writeSigningKeys(folder: string, keys: SigningKey[]): Promise<SigningKey[]> {
  const text = keys.map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'pem' })).join('');
  await replaceFile(signingKeyFile(folder), text, 0o600);
  await replaceFile(publicKeyFile(folder), publicText(keys), 0o644);
  return keys;
}

function publicText(keys: readonly SigningKey[]): string {
  return keys.map(({ publicPem }) => publicPem).join('');
}

function readPublic(folder: string): string | undefined {
  try {
    return readFileSync(publicKeyFile(folder), 'utf8');
  } catch {
    return undefined;
  }
}
