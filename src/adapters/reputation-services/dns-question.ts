import { Resolver } from 'node:dns/promises';
import { type FailureKind, ReputationFailure } from '../../actors/ports/reputation.ts';

/** How names are asked for. */
export interface DnsOptions {
  /** `address:port` of resolvers; empty: those of the system. */
  resolvers: readonly string[];
  /** For one question. */
  timeoutMs: number;
}

/** Questions to DNS. Both throw `ReputationFailure`, which never holds the name: it may have a key in it. */
export interface DnsQuestion {
  /** A records, or that there is no such name (NXDOMAIN). */
  addresses(name: string): Promise<string[] | 'no such name'>;
  /** TXT records, each as one text. */
  texts(name: string): Promise<string[]>;
  close(): void;
}

/** A resolver that does not answer is tried twice in the time. */
const tries = 2;

/** Asks by c-ares, which takes the name as it is (no search domains) and goes to TCP when an answer is cut short. */
export function createDnsQuestion({ resolvers, timeoutMs }: DnsOptions): DnsQuestion {
  const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / tries), tries });
  if (resolvers.length > 0) resolver.setServers([...resolvers]);
  return {
    async addresses(name) {
      try {
        return await resolver.resolve4(name);
      } catch (error) {
        if (codeOf(error) === 'ENOTFOUND') return 'no such name';
        throw failureOf(error);
      }
    },
    async texts(name) {
      try {
        return (await resolver.resolveTxt(name)).map((pieces) => pieces.join(''));
      } catch (error) {
        throw failureOf(error);
      }
    },
    close: () => resolver.cancel(),
  };
}

/** Any other is an answer that says nothing: malformed, or no address where there must be one. */
const kinds: Readonly<Record<string, FailureKind>> = {
  ETIMEOUT: 'timeout',
  ECANCELLED: 'timeout',
  ECONNREFUSED: 'refused',
  ESERVFAIL: 'dns',
  EREFUSED: 'dns',
  ENOTIMP: 'dns',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function failureOf(error: unknown): ReputationFailure {
  const code = codeOf(error);
  return new ReputationFailure(kinds[code] ?? 'response', `the resolver answered ${code || 'with an error'}`);
}
