import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Parser } from '@asyncapi/parser';
import { expect, test } from 'vitest';
import { eventNames, shortName } from '../../scripts/event-catalogue.ts';
import { generatedForKafka } from '../../scripts/generate-asyncapi.ts';
import { laneOf } from '../../src/events/lane.ts';
import { topicPurposes } from '../../src/events/topics.ts';
import { newestVersion } from '../../src/events/upcast.ts';

const generated = generatedForKafka();
const fileOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const kept = (path: string) => readFileSync(fileOf(path), 'utf8');

test('kafka/asyncapi.json and kafka/schemas are as `npm run generate` makes them', () => {
  const differing = [...generated].filter(
    ([path, content]) => JSON.stringify(JSON.parse(kept(path))) !== JSON.stringify(content),
  );
  expect(differing.map(([path]) => path)).toEqual([]);
});

test('schemas that are not made any more are of older versions', () => {
  const others = readdirSync(fileOf('kafka/schemas')).filter((name) => !generated.has(`kafka/schemas/${name}`));
  const isOld = (file: string) => {
    const [, name = '', version] = /^(.+)\.v(\d+)\.schema\.json$/.exec(file) ?? [];
    return Number(version) < newestVersion(name);
  };
  expect(others.filter((file) => !isOld(file))).toEqual([]);
});

test('the official parser finds nothing wrong', async () => {
  const { document, diagnostics } = await new Parser().parse(kept('kafka/asyncapi.json'), {
    source: fileOf('kafka/asyncapi.json'),
  });
  // Newer versions of the specification come without our doing.
  const wrong = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version');
  expect(wrong.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([]);

  const channels = document?.channels().all() ?? [];
  const topics = [...topicPurposes, 'reputation'].map((purpose) => `sekisho.${purpose}.v1`);
  expect(channels.map((channel) => channel.address())).toEqual(topics);
  for (const channel of channels) {
    const { topic, partitions, topicConfiguration } = channel.bindings().get('kafka')?.value() ?? {};
    expect(topic).toBe(channel.address());
    expect(partitions).toBeGreaterThan(0);
    if (channel.id() === 'reputation') expect(topicConfiguration['cleanup.policy']).toEqual(['compact']);
    else expect(topicConfiguration['retention.ms']).toBeGreaterThan(86_400_000);
  }
});

test('every event is a message of the channel that the relay sends it to, with its own schema', async () => {
  const { document } = await new Parser().parse(kept('kafka/asyncapi.json'), { source: fileOf('kafka/asyncapi.json') });
  const events = (document?.channels().all() ?? [])
    .filter((channel) => !['dead-letters', 'reputation'].includes(channel.id()))
    .flatMap((channel) =>
      channel
        .messages()
        .all()
        .map((message) => ({ channel: channel.id(), message })),
    );
  for (const { channel, message } of events) {
    const type = message.name() ?? '';
    expect(laneOf({ type }), type).toBe(channel);
    expect(message.payload()?.json()).toMatchObject({ title: type, properties: { type: { const: type } } });
    expect(message.headers()?.json()).toMatchObject({ required: ['content-type', 'ce_type', 'ce_id'] });
  }
  const names = events.map(({ message }) => shortName(message.name() ?? ''));
  expect(names).toEqual(expect.arrayContaining(eventNames()));
});
