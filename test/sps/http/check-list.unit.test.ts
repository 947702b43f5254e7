import { describe, expect, test } from 'vitest';
import { listCheck } from '../../../src/sps/http/check-list.ts';
import { hashesPerQueryMax, QueryRequest } from '../../../src/sps/protocol/protocol.ts';

const check = listCheck({ schema: QueryRequest, name: 'hashes', item: /^[0-9a-f]{64}$/, itemsMax: hashesPerQueryMax });
const hash = (n: number) => n.toString(16).padStart(64, '0');
const hashes = (count: number) => Array.from({ length: count }, (_, n) => hash(n));

describe('what is right passes', () => {
  test.each([1, 2, hashesPerQueryMax])('%i hashes', (count) => {
    expect(check({ hashes: hashes(count) })).toBe(true);
  });
});

describe('anything else is refused, with the words of the schema', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a list', hashes(1)],
    ['no field', {}],
    ['another field', { prefixes: hashes(1) }],
    ['one field more', { hashes: hashes(1), more: 1 }],
    ['no hash', { hashes: [] }],
    ['one too many', { hashes: hashes(hashesPerQueryMax + 1) }],
    ['one twice', { hashes: [hash(1), hash(2), hash(1)] }],
    ['a number', { hashes: [hash(1), 2] }],
    ['a line end behind', { hashes: [`${hash(1)}\n`] }],
    ['upper case', { hashes: ['A'.repeat(64)] }],
    ['a prototype', JSON.parse(`{"hashes":["${hash(1)}"],"__proto__":{}}`)],
  ])('%s', (_, body) => {
    expect(check(body)).toEqual({ error: expect.any(Error) });
    expect((check(body) as { error: Error }).error.message).toMatch(/^body.* \S+/);
  });
});
