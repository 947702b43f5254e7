import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { issueAuthority, issueServerCertificate, type KeyAndCertificate } from './certificate.ts';
import { replaceFile } from './replace-file.ts';

/** What the server shows its clients. */
export interface Identity {
  /** The file that clients trust. */
  caFile: string;
  server: KeyAndCertificate;
}

/** Where an identity is kept and whom it names. */
export interface IdentityOptions {
  folder: string;
  /** DNS names and IP addresses that clients use. */
  names: readonly string[];
  nowMs: number;
}

/** Keys or certificates on disk cannot be used; the message says which and what to do. */
export class IdentityUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IdentityUnusable';
  }
}

const dayMs = 86_400_000;
const serverDays = 90;
/** A server certificate is replaced when fewer days are left. */
const serverRenewDays = 30;
/** The CA certificate is issued anew, for the same key, when fewer days are left. */
const authorityRenewDays = 365;

/**
 * The server's certificate: from disk, or issued when it is missing, near its end, or lacks a name.
 * The local CA behind it is made once; clients that trust `ca.pem` go on trusting every later certificate.
 */
export async function loadIdentity(options: IdentityOptions): Promise<Identity> {
  const { folder, names, nowMs } = options;
  const authority = await loadAuthority(folder, nowMs);
  const file = join(folder, 'server.pem');
  const pem = await readIfThere(file);
  const kept = pem === undefined ? undefined : split(pem);
  const caFile = join(folder, 'ca.pem');
  if (kept && isGood(kept, authority, names, nowMs)) return { caFile, server: kept };
  const server = await issueServerCertificate(authority, names, serverDays, nowMs);
  // Key and certificate in one file: they can never be of different ages.
  await replaceFile(file, server.key + server.certificate, 0o600);
  return { caFile, server };
}

/** The local CA: from disk, or made. Throws `IdentityUnusable`. */
export async function loadAuthority(folder: string, nowMs: number): Promise<KeyAndCertificate> {
  const caFile = join(folder, 'ca.pem');
  const keyFile = join(folder, 'ca.key');
  const [certificate, key] = [await readIfThere(caFile), await readIfThere(keyFile)];
  if (certificate !== undefined && key === undefined) {
    throw new IdentityUnusable(`${keyFile} is missing, but clients may trust ${caFile}; restore it or remove both`);
  }
  try {
    if (certificate !== undefined && key !== undefined) {
      const found = new X509Certificate(certificate);
      if (!found.checkPrivateKey(createPrivateKey(key))) throw new Error('they do not belong together');
      if (daysLeft(found, nowMs) > authorityRenewDays) return { certificate, key };
    }
    const issued = await issueAuthority(nowMs, key);
    if (key === undefined) await replaceFile(keyFile, issued.key, 0o600);
    await replaceFile(caFile, issued.certificate, 0o644);
    return issued;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    throw new IdentityUnusable(`${caFile} and ${keyFile} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function isGood(kept: KeyAndCertificate, authority: KeyAndCertificate, names: readonly string[], nowMs: number) {
  try {
    const certificate = new X509Certificate(kept.certificate);
    const covers = (name: string) =>
      (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name, { subject: 'never' })) !== undefined;
    return (
      certificate.checkPrivateKey(createPrivateKey(kept.key)) &&
      certificate.verify(new X509Certificate(authority.certificate).publicKey) &&
      daysLeft(certificate, nowMs) > serverRenewDays &&
      names.every(covers)
    );
  } catch {
    return false;
  }
}

function daysLeft(certificate: X509Certificate, nowMs: number): number {
  return (certificate.validToDate.getTime() - nowMs) / dayMs;
}

function split(pem: string): KeyAndCertificate {
  const start = pem.indexOf('-----BEGIN CERTIFICATE-----');
  return { key: pem.slice(0, Math.max(start, 0)), certificate: pem.slice(Math.max(start, 0)) };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
