import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../src/events/envelope.ts';
import { NewerVersion, newestVersion, typesOf, type Upcasters, upcast } from '../../src/events/upcast.ts';
import { eventsOf } from '../support/fold.ts';

const event = eventsOf();
const ofVersion = (version: number, data: Record<string, unknown>): Envelope => {
  const made = event('server.failing', 'server/sps.example.org:443', data);
  const type = `sekisho.server.failing.v${version}`;
  return { ...made, type, dataschema: `urn:sekisho:schema:${type}` };
};

/** The example of docs/decisions/017-event-versions.md: a field got another name, then another unit. */
const steps: Upcasters = {
  'sekisho.server.failing.v1': (old) => {
    const { failCount, ...data } = old.data;
    return { ...old, data: { ...data, failures: failCount } };
  },
  'sekisho.server.failing.v2': (old) => {
    const { cacheSeconds, ...data } = old.data;
    return { ...old, data: { ...data, cacheMs: Number(cacheSeconds) * 1000 } };
  },
};

describe('an event of an older version', () => {
  test('is made into the newest, step by step; all else of it stays', () => {
    const old = ofVersion(1, { failCount: 3, cacheSeconds: 300 });
    const { data, type, dataschema, ...rest } = upcast(old, steps);
    expect(data).toEqual({ transition: 't', failures: 3, cacheMs: 300_000 });
    expect(type).toBe('sekisho.server.failing.v3');
    expect(dataschema).toBe('urn:sekisho:schema:sekisho.server.failing.v3');
    expect(old).toMatchObject(rest);
  });

  test('is not changed itself', () => {
    const old = ofVersion(1, { failCount: 3, cacheSeconds: 300 });
    const before = structuredClone(old);
    upcast(old, steps);
    expect(old).toEqual(before);
  });

  test('that is in the middle goes the rest of the way', () => {
    expect(upcast(ofVersion(2, { failures: 3, cacheSeconds: 1 }), steps).data).toMatchObject({ cacheMs: 1000 });
  });
});

test('an event of the newest version is passed as it is', () => {
  for (const newest of [ofVersion(3, {}), event('server.healthy', 'server/x', {})])
    expect(upcast(newest, steps)).toBe(newest);
});

test('an event of a newer version is refused: its meaning is not guessed at', () => {
  expect(() => upcast(ofVersion(4, {}), steps)).toThrow(NewerVersion);
  expect(() => upcast(ofVersion(2, {}), {})).toThrow('newer program; this one knows it up to v1');
});

test('a type that nobody knows, and one of another form, is passed as it is', () => {
  const foreign: Envelope = { ...ofVersion(1, {}), type: 'com.example.thing' };
  expect(upcast(foreign, steps)).toBe(foreign);
  const unknown: Envelope = { ...ofVersion(1, {}), type: 'sekisho.later.thing.v1' };
  expect(upcast(unknown, steps)).toBe(unknown);
});

test('the version that is written is the one that the last step leads to', () => {
  expect(newestVersion('sekisho.server.failing', steps)).toBe(3);
  expect(newestVersion('sekisho.server.healthy', steps)).toBe(1);
  expect(newestVersion('constructor', steps)).toBe(1);
});

test('the types of a name are all that a log may hold', () => {
  expect(typesOf('sekisho.server.failing', steps)).toEqual([
    'sekisho.server.failing.v1',
    'sekisho.server.failing.v2',
    'sekisho.server.failing.v3',
  ]);
  expect(typesOf('sekisho.server.healthy')).toEqual(['sekisho.server.healthy.v1']);
});
