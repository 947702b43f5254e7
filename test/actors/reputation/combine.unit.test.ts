import { describe, expect, test } from 'vitest';
import type { GivenAnswer } from '../../../src/actors/ports/reputation.ts';
import type { AskResult } from '../../../src/actors/reputation/ask.ts';
import { askWhoAnswers, createAskAll, type Source } from '../../../src/actors/reputation/combine.ts';
import { QueryFailed } from '../../../src/actors/reputation/query-list.ts';
import type { Combination } from '../../../src/actors/reputation/service-settings.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

type Word = GivenAnswer['verdict'];
/** What a source says of each hash, or how it fails. */
type Said = Readonly<Record<string, Word>> | QueryFailed;

const deferred = new QueryFailed('deferred', 'timeout', []);
const invalid = new QueryFailed('while-invalid', 'invalid', []);
const refused = new QueryFailed('message', 'message', []);
const signal = new AbortController().signal;
const wanted = { inFilter: ['a'], suspicious: ['a', 'b'] };

interface Asked {
  sources: Source[];
  /** `sps a`, `mhr a b`. */
  questions: string[];
}

function sources(list: Said, ...services: [name: string, required: boolean, said: Said][]): Asked {
  const questions: string[] = [];
  const source = (name: string, required: boolean, isList: boolean, said: Said): Source => ({
    ...{ name, required, isList },
    async ask(hashes): Promise<AskResult> {
      questions.push([name, ...hashes].join(' '));
      if (said instanceof QueryFailed) throw said;
      const answer = (sha256: string): GivenAnswer => {
        const verdict = said[sha256] ?? 'unknown';
        const rest = { sha256, verdict, server: name, patternId: '', patternVersion: '', ttlSeconds: 60 };
        return verdict === 'malicious' ? { ...rest, name: `by ${name}` } : rest;
      };
      return { answers: new Map(hashes.map((hash) => [hash, answer(hash)])), servers: [name], patternVersion: '7' };
    },
  });
  const ofServices = services.map(([name, required, said]) => source(name, required, false, said));
  return { sources: [source('sps', true, true, list), ...ofServices], questions };
}

function ask({ sources: all }: Asked, rule: Combination['rule'] = 'any', make = createAskAll) {
  const combination = { rule, quorum: 2 };
  return make({ sources: all, combination, clock: new SteppedClock(), queryTotalMs: 5000 })(wanted, 'scan', signal);
}

const words = (answers: ReadonlyMap<string, GivenAnswer>) =>
  Object.fromEntries([...answers].map(([hash, { verdict, server }]) => [hash, `${verdict} ${server}`]));

describe('any', () => {
  test('the list is asked about what is in the filter, services about all; anybody’s malware is malware', async () => {
    const asked = sources(
      { a: 'unknown' },
      ['mhr', true, { a: 'malicious' }],
      ['vt', false, { a: 'clean', b: 'clean' }],
    );
    const { answers, servers, patternVersion, unanswered } = await ask(asked);
    expect(asked.questions).toEqual(['sps a', 'mhr a b', 'vt a b']);
    expect(words(answers)).toEqual({ a: 'malicious mhr', b: 'clean vt' });
    expect({ servers, patternVersion, unanswered }).toEqual({
      ...{ servers: ['sps', 'mhr', 'vt'], patternVersion: '7', unanswered: [] },
    });
  });

  test('an advisory service that does not answer is told, and the message goes on', async () => {
    const { answers, unanswered } = await ask(sources({}, ['mhr', true, {}], ['vt', false, deferred]));
    expect(words(answers)).toEqual({ a: 'unknown sps', b: 'unknown mhr' });
    expect(unanswered).toEqual([{ server: 'vt', kind: 'timeout' }]);
  });

  test('a required one that leaves a hash open is the failure of the message', async () => {
    const failing = sources({ a: 'malicious' }, ['mhr', true, deferred], ['vt', false, {}]);
    await expect(ask(failing)).rejects.toBe(deferred);
  });

  test('... unless every hash that it was to answer for is malware by others: nothing can pass by it', async () => {
    const { answers, unanswered } = await ask(
      sources({ a: 'malicious' }, ['mhr', true, deferred], ['vt', false, { b: 'malicious' }]),
    );
    expect(words(answers)).toEqual({ a: 'malicious sps', b: 'malicious vt' });
    expect(unanswered).toEqual([{ server: 'mhr', kind: 'timeout' }]);
  });

  test.each([
    [invalid, deferred, deferred],
    [deferred, invalid, deferred],
    [refused, invalid, invalid],
    [refused, deferred, deferred],
    [refused, {}, refused],
  ] as const)(
    'D15: of several failures one counts: 451 before the attempt to connect, before a refusal',
    async (one, other, expected) => {
      await expect(ask(sources(one, ['mhr', true, other]))).rejects.toBe(expected);
    },
  );
});

describe('first', () => {
  test('a hash that one knows is not asked of those after it', async () => {
    const asked = sources({ a: 'malicious' }, ['mhr', true, { b: 'clean' }], ['vt', false, { b: 'malicious' }]);
    const { answers } = await ask(asked, 'first');
    expect(asked.questions).toEqual(['sps a', 'mhr b']);
    expect(words(answers)).toEqual({ a: 'malicious sps', b: 'clean mhr' });
  });

  test('an advisory one that fails is passed over; a required one ends it', async () => {
    const passed = sources({}, ['vt', false, deferred], ['mhr', true, { a: 'malicious', b: 'unknown' }]);
    expect(words((await ask(passed, 'first')).answers)).toEqual({ a: 'malicious mhr', b: 'unknown mhr' });
    const ended = sources({}, ['mhr', true, deferred], ['vt', false, { a: 'malicious', b: 'malicious' }]);
    await expect(ask(ended, 'first')).rejects.toBe(deferred);
    expect(ended.questions).toEqual(['sps a', 'mhr a b']);
  });
});

describe('quorum', () => {
  test('two services, or a Smart Protection Server alone', async () => {
    const two = sources({}, ['mhr', true, { a: 'malicious', b: 'malicious' }], ['vt', false, { b: 'malicious' }]);
    const { answers } = await ask(two, 'quorum');
    expect(words(answers)).toEqual({ a: 'unknown sps', b: 'malicious mhr' });
    const own = sources({ a: 'malicious' }, ['mhr', true, {}], ['vt', false, { a: 'clean' }]);
    expect(words((await ask(own, 'quorum')).answers)).toMatchObject({ a: 'malicious sps' });
  });

  test('too few make unknown, without a name of malware, and never clean', async () => {
    const alone = sources({}, ['mhr', true, { b: 'malicious' }]);
    const { answers } = await ask(alone, 'quorum');
    expect(answers.get('b')).toMatchObject({ verdict: 'unknown' });
    expect(answers.get('b')).not.toHaveProperty('name');
  });

  test('what is missing of a required one may have been decisive', async () => {
    await expect(ask(sources({}, ['mhr', true, deferred], ['vt', false, { a: 'malicious' }]), 'quorum')).rejects.toBe(
      deferred,
    );
  });
});

test('beside a conventional scan nobody’s failure is the message’s', async () => {
  const { answers, unanswered } = await ask(
    sources(invalid, ['mhr', true, { b: 'malicious' }], ['vt', false, deferred]),
    'any',
    askWhoAnswers,
  );
  expect(words(answers)).toEqual({ a: 'unknown mhr', b: 'malicious mhr' });
  expect(unanswered).toEqual([
    { server: 'sps', kind: 'invalid' },
    { server: 'vt', kind: 'timeout' },
  ]);
});
