import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Allowance, createTokenBuckets, type TokenBuckets } from '../../http/token-buckets.ts';
import { type ClientKeys, openClientKeys } from './client-keys.ts';

/** Who may ask, as the settings have it. */
export interface ClientRules {
  /** PEM file of authorities whose certificates clients may show; read at the start. */
  clientCaFile?: string;
  /** File of keys that clients may show (`client-keys.ts`). With neither file everybody is answered. */
  clientKeysFile?: string;
  /** What each client may ask. Default: as much as it likes. */
  allowance?: Allowance;
}

/** The same, ready for use by all listeners of a server. */
export interface Clients {
  /** PEM; undefined: clients are not asked for a certificate. */
  authorities: string | undefined;
  keys: ClientKeys | undefined;
  allowance: Allowance | undefined;
  buckets: TokenBuckets;
}

/** The file of client authorities cannot be used; the message names it. */
export class ClientAuthoritiesUnusable extends Error {
  constructor(file: string, cause: unknown) {
    super(`${file} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'ClientAuthoritiesUnusable';
  }
}

/** Callers that are remembered at once: some 20 MB at most. */
const callersMax = 100_000;

/** @throws `ClientAuthoritiesUnusable`, `ClientKeysUnusable` */
export function openClients(rules: ClientRules, onProblem: (problem: string) => void): Clients {
  const { clientCaFile, clientKeysFile, allowance } = rules;
  return {
    authorities: clientCaFile === undefined ? undefined : readAuthorities(clientCaFile),
    keys: clientKeysFile === undefined ? undefined : openClientKeys(clientKeysFile, onProblem),
    allowance,
    buckets: createTokenBuckets(callersMax, () => performance.now()),
  };
}

function readAuthorities(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8');
    // OpenSSL skips what is no certificate without a word; this throws.
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new ClientAuthoritiesUnusable(file, error);
  }
}
