// The library's dependency injection needs the metadata API before it is loaded.
import 'reflect-metadata';
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A private key (PKCS #8) and its certificate, both PEM. */
export interface KeyAndCertificate {
  key: string;
  certificate: string;
}

type Pair = webcrypto.CryptoKeyPair;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
/** Clocks of clients may be behind by this much. */
const clockSkewMs = 3_600_000;
const authorityDays = 3650;

/** A certificate authority that signs for one SPS. Given its old key, it stays the same authority for clients. */
export async function issueAuthority(nowMs: number, oldKey?: string): Promise<KeyAndCertificate> {
  const keys = oldKey === undefined ? await newPair() : await pairOf(oldKey);
  const identifier = await SubjectKeyIdentifierExtension.create(keys.publicKey);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...common(nowMs, authorityDays),
    // A name of its own, so that two authorities can be trusted side by side; the same for the same key.
    name: `CN=Sekisho SPS CA ${identifier.keyId.slice(0, 8)}`,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      identifier,
    ],
  });
  return { key: await pemOf(keys), certificate: `${certificate.toString('pem')}\n` };
}

/** A server certificate with a new key for these DNS names and IP addresses (RFC 5280, RFC 6125). */
export function issueServerCertificate(
  authority: KeyAndCertificate,
  names: readonly string[],
  days: number,
  nowMs: number,
): Promise<KeyAndCertificate> {
  const alternatives = names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value }));
  return issue(authority, { ...common(nowMs, days), subject: `CN=${commonName(names)}` }, ExtendedKeyUsage.serverAuth, [
    new SubjectAlternativeNameExtension(alternatives),
  ]);
}

/** A certificate with a new key for a client to show. @param name letters, digits, dots and dashes; at most 64 characters */
export function issueClientCertificate(
  authority: KeyAndCertificate,
  name: string,
  days: number,
  nowMs: number,
): Promise<KeyAndCertificate> {
  return issue(authority, { ...common(nowMs, days), subject: `CN=${name}` }, ExtendedKeyUsage.clientAuth, []);
}

async function issue(
  authority: KeyAndCertificate,
  about: ReturnType<typeof common> & { subject: string },
  usage: ExtendedKeyUsage,
  more: Extension[],
): Promise<KeyAndCertificate> {
  const keys = await newPair();
  const issuer = new X509Certificate(authority.certificate);
  const certificate = await X509CertificateGenerator.create({
    ...about,
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: (await pairOf(authority.key)).privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      ...more,
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { key: await pemOf(keys), certificate: `${certificate.toString('pem')}\n` };
}

function common(nowMs: number, days: number) {
  // A leading zero bit keeps the serial number positive (RFC 5280 4.1.2.2).
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return {
    serialNumber: serial.toString('hex'),
    notBefore: new Date(nowMs - clockSkewMs),
    notAfter: new Date(nowMs + days * dayMs),
    signingAlgorithm: algorithm,
  };
}

/** Only for people: clients look at the alternative names. At most 64 characters (RFC 5280, ub-common-name). */
function commonName(names: readonly string[]): string {
  return names.find((name) => isIP(name) === 0 && /^[\w.-]{1,64}$/.test(name)) ?? 'sps';
}

async function newPair(): Promise<Pair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as Pair;
}

async function pairOf(key: string): Promise<Pair> {
  const privateKey = createPrivateKey(key);
  const { d: _, ...publicJwk } = privateKey.export({ format: 'jwk' });
  return {
    privateKey: privateKey.toCryptoKey(algorithm, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('jwk', publicJwk, algorithm, true, ['verify']),
  };
}

async function pemOf(keys: Pair): Promise<string> {
  return KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
}
