import Type from 'typebox';
import type { HashService, ServiceAnswer } from '../../actors/ports/hash-service.ts';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import { createRestQuestion, expectReachable, type RestOptions } from './rest-question.ts';

/** `GET /info` (https://www.circl.lu/services/hashlookup/). */
const Info = Type.Object({ 'hashlookup-version': Type.String() });

/** `GET /lookup/sha256/{h}`: facts of a known file, always with a trust, and who calls it malicious, if anybody does. */
const KnownFile = Type.Object({
  'hashlookup:trust': Type.Number(),
  'SHA-256': Type.Optional(Type.String()),
  KnownMalicious: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
});

/** CIRCL hashlookup: a list of known files. That a file is known does not make it clean. */
export function createCircl(rest: RestOptions): HashService {
  const question = createRestQuestion(rest);
  return {
    async lookUp(sha256, signal): Promise<ServiceAnswer> {
      const found = await question.get(`/lookup/sha256/${sha256}`, KnownFile, {}, signal);
      if (found === undefined) return { verdict: 'unknown' };
      const about = found['SHA-256'];
      if (about !== undefined && about.toLowerCase() !== sha256)
        throw new ReputationFailure('response', 'the answer is about another file');
      const sources = [found.KnownMalicious ?? []].flat().filter((source) => source !== '');
      if (sources.length === 0) return { verdict: 'unknown' };
      const shown = sources.join(', ').replace(/[^\x20-\x7e]/g, '?');
      return { verdict: 'malicious', name: 'CIRCL.KnownMalicious', details: shown.slice(0, 200) };
    },
    connect: (signal) => expectReachable(question, '/info', signal),
    /** It has no malware that it promises to know: that it says what it is must do. */
    async probe(signal) {
      const info = await question.get('/info', Info, {}, signal);
      if (info === undefined) throw new ReputationFailure('status', 'the server answered 404');
    },
    close: question.close,
  };
}
