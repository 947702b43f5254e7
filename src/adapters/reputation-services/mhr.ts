import type { HashService, ServiceAnswer } from '../../actors/ports/hash-service.ts';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import { createDnsQuestion, type DnsOptions, type DnsQuestion } from './dns-question.ts';

/** Of Team Cymru's documentation of its DNS API: known malware. */
const knownSha256 = '9b573bc2555d8d35e4a2e927cc14217eb112f0725cb4ebff4878976a229fde45';

const listed = '127.0.0.2';

/** Team Cymru Malware Hash Registry over DNS (https://hash.cymru.com/docs_dns). @param zone `hash.cymru.com`, or a zone that forwards to it */
export function createMhr({ zone, ...dns }: DnsOptions & { zone: string }): HashService {
  const question = createDnsQuestion(dns);
  const lookUp = async (sha256: string): Promise<ServiceAnswer> => {
    // A label has at most 63 characters.
    const name = `${sha256.slice(0, 32)}.${sha256.slice(32)}.${zone}`;
    const addresses = await question.addresses(name);
    if (addresses === 'no such name') return { verdict: 'unknown' };
    if (addresses.length !== 1 || addresses[0] !== listed)
      throw new ReputationFailure('response', 'the resolver gave an address that MHR never gives');
    const details = await detectionRate(question, name);
    return { verdict: 'malicious', name: 'MHR.Malware', ...(details !== undefined && { details }) };
  };
  return {
    lookUp,
    async connect() {
      await lookUp(knownSha256);
    },
    async probe() {
      const { verdict } = await lookUp(knownSha256);
      if (verdict !== 'malicious') throw new ReputationFailure('response', 'MHR does not know its own example');
    },
    close: question.close,
  };
}

/** TXT: when it was last seen, in seconds since 1970, and how many per cent of the engines found it. That it is malware is known without. */
async function detectionRate(question: DnsQuestion, name: string): Promise<string | undefined> {
  const texts = await question.texts(name).catch(() => []);
  const [, seconds, percent] = /^(\d{9,10}) (\d{1,3})$/.exec(texts[0] ?? '') ?? [];
  if (seconds === undefined || percent === undefined || Number(percent) > 100) return undefined;
  return `found by ${percent} % of engines, seen ${new Date(Number(seconds) * 1000).toISOString().slice(0, 10)}`;
}
