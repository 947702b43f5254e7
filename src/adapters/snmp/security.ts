import { readFile } from 'node:fs/promises';
import snmp, { type User } from 'net-snmp';
import { NotificationFailure } from '../../actors/ports/notifications.ts';

/** Of RFC 3414 and 7860; the first of them is what to use. */
export const authProtocols = ['sha-256', 'sha-384', 'sha-512', 'sha-224', 'sha', 'md5'] as const;
export type AuthProtocol = (typeof authProtocols)[number];

/**
 * `aes` is AES-128 (RFC 3826), which all receivers know. For AES-256 there are two ways to a key and no RFC: `aes-256` is Blumenthal's
 * (net-snmp's AES-256), `aes-256-c` Reeder's, of Cisco (AES-256-C). No DES: Node has it no more.
 */
export const privProtocols = ['aes', 'aes-256', 'aes-256-c'] as const;
export type PrivProtocol = (typeof privProtocols)[number];

/** How we speak SNMPv3: always authPriv. */
export interface SnmpSecurity {
  authProtocol: AuthProtocol;
  /** Files whose first lines are the keys (passphrases); read anew each time, so that keys may be changed. */
  authKeyFile: string;
  privProtocol: PrivProtocol;
  privKeyFile: string;
}

const authNumbers: Readonly<Record<AuthProtocol, snmp.AuthProtocols>> = {
  'sha-256': snmp.AuthProtocols.sha256,
  'sha-384': snmp.AuthProtocols.sha384,
  'sha-512': snmp.AuthProtocols.sha512,
  'sha-224': snmp.AuthProtocols.sha224,
  sha: snmp.AuthProtocols.sha,
  md5: snmp.AuthProtocols.md5,
};
const privNumbers: Readonly<Record<PrivProtocol, snmp.PrivProtocols>> = {
  aes: snmp.PrivProtocols.aes,
  'aes-256': snmp.PrivProtocols.aes256b,
  'aes-256-c': snmp.PrivProtocols.aes256r,
};

/** The user with its keys. Throws `NotificationFailure` when a key cannot be read or is too short. */
export async function userOf(name: string, security: SnmpSecurity): Promise<User> {
  const [authKey, privKey] = await Promise.all([keyIn(security.authKeyFile), keyIn(security.privKeyFile)]);
  return {
    name,
    level: snmp.SecurityLevel.authPriv,
    authProtocol: authNumbers[security.authProtocol],
    authKey,
    privProtocol: privNumbers[security.privProtocol],
    privKey,
  };
}

/** RFC 3414 11.2: receivers refuse shorter ones. */
const keyCharactersMin = 8;

async function keyIn(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new NotificationFailure('temporary', `${file} cannot be read: ${error.code}`);
  });
  const [key = ''] = text.split(/\r?\n/, 1);
  if (key.length >= keyCharactersMin) return key;
  throw new NotificationFailure(
    'temporary',
    `the key in ${file} is shorter than ${keyCharactersMin} characters (RFC 3414 11.2)`,
  );
}
