import { expect, test } from 'vitest';
import { ContentEngines } from '../../../src/adapters/message-reader/content-engines.ts';

const pattern = (id: string) => ({ engine: 'counted', id, data: id });

function counted() {
  const loaded: unknown[] = [];
  const closed: unknown[] = [];
  const engines = new ContentEngines({
    counted(data) {
      loaded.push(data);
      return { match: () => [], close: () => void closed.push(data) };
    },
  });
  return { engines, loaded, closed };
}

test('a pattern is loaded once', async () => {
  const { engines, loaded } = counted();
  const [first] = await engines.of([pattern('a')]);
  const [again] = await engines.of([pattern('b'), pattern('a')]).then((all) => all.slice(1));
  expect([again === first, loaded]).toEqual([true, ['a', 'b']]);
});

test('those that were not asked for longest go, and are closed; those in use stay', async () => {
  const { engines, closed } = counted();
  for (let version = 0; version < 12; version++) await engines.of([pattern('kept'), pattern(`v${version}`)]);
  expect(closed).toEqual(['v0', 'v1', 'v2', 'v3', 'v4']);
  expect(engines.ids()).toContain('kept');
});

test('an engine that is not known is an error that names it', async () => {
  await expect(counted().engines.of([{ engine: 'yara9', id: 'x', data: 0 }])).rejects.toThrow('no such engine: yara9');
});
