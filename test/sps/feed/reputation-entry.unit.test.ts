import { describe, expect, test } from 'vitest';
import { readFeedRecord } from '../../../src/sps/feed/reputation-entry.ts';

const key = 'ab'.repeat(32);
const hash = Buffer.from(key, 'hex');
const timeMs = Date.UTC(2026, 0, 1);
const read = (value: unknown, more: object = {}) =>
  readFeedRecord({ key, timeMs, value: typeof value === 'string' ? value : JSON.stringify(value), ...more });

describe('a record of the topic', () => {
  test('malicious, clean, and taken back', () => {
    expect(read({ verdict: 'malicious', name: 'Mal.A', source: 'x' })).toEqual({
      hash,
      entry: { verdict: 'malicious', name: 'Mal.A', source: 'x', expiresMs: Number.POSITIVE_INFINITY },
    });
    expect(read({ verdict: 'clean' })?.entry).toMatchObject({ verdict: 'clean', name: '', source: '' });
    expect(readFeedRecord({ key, timeMs, value: undefined })).toEqual({ hash, entry: undefined });
  });

  test('expires at a time, or so long after it was written; the earlier counts', () => {
    const expires = '2026-01-01T00:01:00Z';
    expect(read({ verdict: 'malicious', expires })?.entry?.expiresMs).toBe(timeMs + 60_000);
    expect(read({ verdict: 'malicious', ttlSeconds: 5 })?.entry?.expiresMs).toBe(timeMs + 5000);
    expect(read({ verdict: 'malicious', expires, ttlSeconds: 5 })?.entry?.expiresMs).toBe(timeMs + 5000);
  });

  test('a name keeps out of the way of the formats of patterns', () => {
    expect(read({ verdict: 'malicious', name: 'Trojan:Win32/A\u0000\n' })?.entry?.name).toBe('Trojan_Win32/A__');
  });

  test('fields of later versions are passed over', () => {
    expect(read({ verdict: 'malicious', more: 1 })).toBeDefined();
  });

  test.each([
    ['no JSON', '{', {}],
    ['another verdict', { verdict: 'bad' }, {}],
    ['a list', [], {}],
    ['no time', { verdict: 'clean', expires: 'soon' }, {}],
    ['no key', { verdict: 'clean' }, { key: undefined }],
    ['an upper-case key', { verdict: 'clean' }, { key: key.toUpperCase() }],
    ['an MD5', { verdict: 'clean' }, { key: 'ab'.repeat(16) }],
  ])('%s is none', (_, value, more) => {
    expect(read(value, more)).toBeUndefined();
  });
});
