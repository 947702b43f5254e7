import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { eventNames } from '../../scripts/event-catalogue.ts';
import { eventMeanings } from '../../scripts/event-meanings.ts';
import { eventReference } from '../../scripts/generate-events.ts';

test('docs/events.md is as `npm run generate` makes it', () => {
  const file = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');
  expect(file === eventReference(), 'run `npm run generate` and commit docs/events.md').toBe(true);
});

test('every event type has a meaning, and no meaning is left over', () => {
  expect(Object.keys(eventMeanings).sort()).toEqual(eventNames().sort());
});

test('the events that people know are there', () => {
  expect(eventNames()).toEqual(
    expect.arrayContaining(['server.cached-invalid', 'server.failed-over', 'scan.verdict', 'scan.deferred']),
  );
});
