import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/adapters/sps-client/by-prefix.ts';

const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
const unknown = 'f'.repeat(64);

describe('what a server says is looked at', () => {
  const given = { patternId: 'p', patternVersion: '1', ttlSeconds: 60 };
  const candidate = { sha256: eicar, verdict: 'malicious' as const, name: 'Eicar', ttlSeconds: 60 };

  test.each([
    ['a prefix that was not answered', [], 'response', /1 of 1 prefixes/],
    ['one that was not asked', [{ prefix: 'ffffffff', candidates: [] }], 'response', /not asked/],
    [
      'a candidate that begins otherwise',
      [{ prefix: '275a021b', candidates: [{ ...candidate, sha256: unknown }] }],
      'response',
      /as an answer to/,
    ],
    ['too many', [{ prefix: '275a021b', candidates: [], tooMany: true as const }], 'message', /too many/],
  ])('%s', (_, answers, kind, message) => {
    expect(() => decide([eicar], { ...given, answers })).toThrow(
      expect.objectContaining({ kind, message: expect.stringMatching(message) }),
    );
  });

  test('an answer twice is refused', () => {
    const twice = { prefix: '275a021b', candidates: [] };
    expect(() => decide([eicar], { ...given, answers: [twice, twice] })).toThrow(/answered before/);
  });
});
