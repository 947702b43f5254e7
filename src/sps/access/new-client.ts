import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../../http/hashed-secrets.ts';
import type { Allowance } from '../../http/token-buckets.ts';
import { issueClientCertificate } from '../identity/certificate.ts';
import { loadAuthority } from '../identity/identity.ts';
import { ClientKeysUnusable, readClientKeys } from './client-keys.ts';

/** 256 bits of chance. */
const keyBytes = 32;

/**
 * Makes a key, and adds a line for it to the file, which is made when it is missing. @returns the key, which is nowhere else
 * @throws `ClientKeysUnusable` when the file cannot be used or has such a client
 */
export async function addClientKey(file: string, name: string, allowance: Allowance | undefined): Promise<string> {
  const known = existsSync(file) ? [...readClientKeys(file).values()] : [];
  if (known.some((holder) => holder.name === name))
    throw new ClientKeysUnusable(`${file} has a key of ${name}: remove its line first`);
  const key = randomBytes(keyBytes).toString('base64url');
  const limits = allowance === undefined ? '' : ` hashes-per-second=${allowance.perSecond} burst=${allowance.burst}`;
  await append(file, `${name} ${digestOf(key).toString('hex')}${limits}\n`);
  return key;
}

async function append(file: string, line: string): Promise<void> {
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const last = size === 0 ? '\n' : (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString();
    // A last line that somebody left without its end must stay one of its own.
    await handle.appendFile(last === '\n' ? line : `\n${line}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A certificate to be issued. */
export interface CertificateRequest {
  /** Of the server, with its authority. */
  folder: string;
  /** Folder of the files. */
  to: string;
  name: string;
  days: number;
}

/** Issues a certificate by the server's own authority. Never writes over a file. @returns paths of certificate and key */
export async function writeClientCertificate({ folder, to, name, days }: CertificateRequest): Promise<string[]> {
  const nowMs = Date.now();
  const { key, certificate } = await issueClientCertificate(await loadAuthority(folder, nowMs), name, days, nowMs);
  const files = { certificate: join(to, `${name}.pem`), key: join(to, `${name}.key`) };
  await writeNew(files.certificate, certificate, 0o644);
  await writeNew(files.key, key, 0o600);
  return [files.certificate, files.key];
}

async function writeNew(file: string, content: string, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
