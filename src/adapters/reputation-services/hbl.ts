import type { HashService, ServiceAnswer } from '../../actors/ports/hash-service.ts';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import { createDnsQuestion, type DnsOptions } from './dns-question.ts';

export interface HblOptions extends DnsOptions {
  /** `hbl.dq.spamhaus.net`, or a zone of one's own. */
  zone: string;
  /** Of the Data Query Service: part of the name that is asked for. */
  key: string;
  /** Files that are suspicious (127.0.3.15) count as malware. */
  suspiciousIsMalware: boolean;
}

/** EICAR: whether it is listed is not documented. That there is an answer which is no error shows that zone and key are good. */
const probedSha256 = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';

const malware = '127.0.3.10';
const suspicious = '127.0.3.15';
const overLimit = '127.255.255.255';

/** How long an account that asks too much is left alone, ms: Spamhaus does not say. */
const overLimitMs = 300_000;

/** Spamhaus Hash Blocklist, files, over the Data Query Service. */
export function createHbl({ zone, key, suspiciousIsMalware, ...dns }: HblOptions): HashService {
  const question = createDnsQuestion(dns);
  const lookUp = async (sha256: string): Promise<ServiceAnswer> => {
    const addresses = await question.addresses(`${base32(Buffer.from(sha256, 'hex'))}._file.${key}.${zone}`);
    if (addresses === 'no such name') return { verdict: 'unknown' };
    const error = addresses.find((address) => address.startsWith('127.255.255.'));
    if (error !== undefined) throw refusal(error);
    if (addresses.length === 0 || !addresses.every((address) => address === malware || address === suspicious))
      throw new ReputationFailure('response', 'the resolver gave an address that HBL never gives for files');
    if (addresses.includes(malware)) return { verdict: 'malicious', name: 'HBL.Malware', details: malware };
    if (!suspiciousIsMalware) return { verdict: 'unknown' };
    return { verdict: 'malicious', name: 'HBL.Suspicious', details: suspicious };
  };
  const ask = async () => {
    await lookUp(probedSha256);
  };
  return { lookUp, connect: ask, probe: ask, close: question.close };
}

/** Codes of Spamhaus that say nothing of the file: too many queries; and a wrong zone, an unknown key, a resolver for everybody. */
function refusal(code: string): ReputationFailure {
  const message = `Spamhaus answered ${code}`;
  if (code === overLimit) return new ReputationFailure('throttled', message, { retryAfterMs: overLimitMs });
  return new ReputationFailure('credentials', message);
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 6, without padding: 52 characters for a SHA-256. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text;
}
