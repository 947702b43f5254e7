import type { HashService, HashServiceKind } from '../../actors/ports/hash-service.ts';
import { createCircl } from './circl.ts';
import { createHbl } from './hbl.ts';
import { readKey } from './key-file.ts';
import { createMhr } from './mhr.ts';
import { createVirusTotal } from './virustotal.ts';

/** A service as the settings have it; what is not of its kind is not looked at. */
export interface HashServiceOptions {
  kind: HashServiceKind;
  keyFile?: string;
  zone?: string;
  /** `address:port`. */
  resolvers: readonly string[];
  url?: string;
  caFile?: string;
  proxyUrl?: string;
  /** For one look-up. */
  timeoutMs: number;
  maliciousMin: number;
  suspiciousIsMalware: boolean;
}

/** Part of a header (VirusTotal has 64 digits), and of a name in DNS: one label. */
const keyInHeader = /^[\x21-\x7e]{1,256}$/;
const keyInName = /^[a-z0-9]{1,63}$/i;

/** Where services are when the settings do not say it. */
const usual = {
  mhr: 'hash.cymru.com',
  hbl: 'hbl.dq.spamhaus.net',
  virustotal: 'https://www.virustotal.com',
  circl: 'https://hashlookup.circl.lu',
} as const satisfies Record<HashServiceKind, string>;

/** A client of the service. Throws when its key file cannot be used. */
export function openHashService(options: HashServiceOptions): HashService {
  const { kind, resolvers, timeoutMs, caFile, proxyUrl } = options;
  const dns = { resolvers, timeoutMs, zone: options.zone ?? usual[kind] };
  const rest = {
    url: options.url ?? usual[kind],
    ...(caFile !== undefined && { caFile }),
    ...(proxyUrl !== undefined && { proxyUrl }),
  };
  switch (kind) {
    case 'mhr':
      return createMhr(dns);
    case 'hbl':
      return createHbl({ ...dns, key: keyOf(options, keyInName), suspiciousIsMalware: options.suspiciousIsMalware });
    case 'virustotal':
      return createVirusTotal({ ...rest, key: keyOf(options, keyInHeader), maliciousMin: options.maliciousMin });
    case 'circl':
      return createCircl(rest);
  }
}

function keyOf({ keyFile }: HashServiceOptions, what: RegExp): string {
  if (keyFile === undefined) throw new Error('this service needs a key file');
  return readKey(keyFile, what);
}
