/** Writes kafka/asyncapi.json and kafka/schemas: `npm run asyncapi`. Schemas of older versions of a type stay. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TSchema } from 'typebox';
import type { TopicPlan } from '../src/adapters/kafka/topics.ts';
import { readSettings } from '../src/adapters/settings/read-settings.ts';
import { PutAsideSchema, putAsideType } from '../src/events/schemas/dead-letter.ts';
import { reputationTopic, type TopicPurpose, topicName, topicPurposes } from '../src/events/topics.ts';
import { ReputationEntry, reputationEntryType } from '../src/sps/feed/reputation-entry.ts';
import { topicPlans } from '../src/wiring/kafka.ts';
import { eventSchemas, type TypeSchema } from './event-schemas.ts';

const cloudEvent = 'application/cloudevents+json; charset=UTF-8';

const topicsAbout: Readonly<Record<TopicPurpose | 'reputation', string>> = {
  reputation:
    'What Smart Protection Servers know of files: the newest record of a key counts, a tombstone takes it back.',
  servers: 'What becomes of each reputation server, as each gateway sees it.',
  scans: 'Messages and SMTP connections.',
  system: 'The scan service, components, the search method, relay and projections.',
  notifications: 'Not used yet.',
  commands: 'Commands to the gateways, and what each of them made of them.',
  'dead-letters': 'Events that a topic does not take, and those that a projection could not fold.',
};

const text = (description: string) => ({ type: 'string', description });

/** What all records of events have. */
const eventTrait = {
  contentType: cloudEvent,
  headers: {
    type: 'object',
    required: ['content-type', 'ce_type', 'ce_id'],
    properties: {
      'content-type': { type: 'string', const: cloudEvent },
      ce_type: text('`type` of the event'),
      ce_id: text('its `id`'),
    },
  },
  bindings: { kafka: { key: text('`subject` of the event, partitioned by murmur2'), bindingVersion: '0.5.0' } },
};

function eventMessage({ type, about }: TypeSchema): object {
  return {
    name: type,
    summary: about,
    traits: [{ $ref: '#/components/messageTraits/event' }],
    payload: { $ref: `./schemas/${type}.schema.json` },
  };
}

const deadLetters = {
  'put-aside': {
    name: 'put-aside',
    summary: 'In place of an event that its topic does not take.',
    contentType: 'application/json; charset=UTF-8',
    headers: {
      type: 'object',
      properties: { ce_type: text('`type` of the event'), ce_id: text('its `id`'), reason: text('why') },
    },
    payload: { $ref: `./schemas/${putAsideType}.schema.json` },
  },
  parked: {
    name: 'parked',
    summary: 'An event that a projection could not fold, as it stood in the log.',
    headers: {
      type: 'object',
      required: ['projection', 'stream', 'offset', 'error'],
      properties: {
        projection: text('that could not fold it'),
        stream: text('`journal`, or `<topic>/<partition>`'),
        offset: text('its place there'),
        error: text('why'),
      },
    },
    payload: text('The event, or whatever it is'),
  },
};

const reputationEntry = {
  name: 'reputation-entry',
  summary: 'What is known of one file.',
  contentType: 'application/json; charset=UTF-8',
  payload: { $ref: `./schemas/${reputationEntryType}.schema.json` },
  bindings: { kafka: { key: text('SHA-256 of the file, lower-case hexadecimal'), bindingVersion: '0.5.0' } },
};

function channel(purpose: TopicPurpose | 'reputation', plan: TopicPlan, messages: readonly string[]): object {
  const { 'cleanup.policy': cleanup = '', ...config } = plan.config;
  const numbers = Object.entries(config).map(([name, value]) => [name, Number(value)]);
  return {
    address: plan.name,
    title: purpose,
    description: `${topicsAbout[purpose]} The numbers are what \`sekisho kafka init\` declares without settings.`,
    messages: Object.fromEntries(messages.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: {
      kafka: {
        topic: plan.name,
        partitions: plan.partitions,
        replicas: plan.replicationFactor,
        topicConfiguration: { 'cleanup.policy': cleanup.split(','), ...Object.fromEntries(numbers) },
        bindingVersion: '0.5.0',
      },
    },
  };
}

/** kafka/asyncapi.json. */
export function asyncApiDocument(): object {
  const { kafka } = readSettings({ environment: {}, cwd: '/' });
  const plans = topicPlans(kafka);
  const types = eventSchemas();
  const namesIn = (purpose: TopicPurpose) =>
    purpose === 'dead-letters'
      ? Object.keys(deadLetters)
      : types.filter(({ lane }) => lane === purpose).map(({ type }) => type);
  const planOf = (topic: string) => {
    const plan = plans.find(({ name }) => name === topic);
    if (plan === undefined) throw new Error(`no topic is planned as ${topic}`);
    return plan;
  };
  const topicOf = (purpose: TopicPurpose) => topicName(kafka.topic_prefix, purpose);
  const channels = topicPurposes.map((purpose) => [
    purpose,
    channel(purpose, planOf(topicOf(purpose)), namesIn(purpose)),
  ]);
  const reputation = channel('reputation', planOf(reputationTopic(kafka.topic_prefix)), ['reputation-entry']);
  const used = topicPurposes.filter((purpose) => namesIn(purpose).length > 0);
  const operations = used.map((purpose) => [
    `send-${purpose}`,
    { action: 'send', channel: { $ref: `#/channels/${purpose}` } },
  ]);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Sekisho events',
      version: '1.0.0',
      description:
        'Every transition of every statechart, in Kafka: CloudEvents 1.0 in structured mode. An event may come twice, with the same id; those of one key come in order. Fields and types may be added at any time; what is there keeps its meaning, or gets a new version in its type.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: cloudEvent,
    servers: { local: { host: '127.0.0.1:9092', protocol: 'kafka', description: '`npm run kafka`' } },
    channels: { ...Object.fromEntries(channels), reputation },
    operations: {
      ...Object.fromEntries(operations),
      'receive-commands': { action: 'receive', channel: { $ref: '#/channels/commands' } },
      'send-reputation': { action: 'send', channel: { $ref: '#/channels/reputation' } },
      'receive-reputation': { action: 'receive', channel: { $ref: '#/channels/reputation' } },
    },
    components: {
      messageTraits: { event: eventTrait },
      messages: {
        ...Object.fromEntries(types.map((each) => [each.type, eventMessage(each)])),
        ...deadLetters,
        'reputation-entry': reputationEntry,
      },
    },
  };
}

/** What is generated, by path from the root of the project. */
export function generatedForKafka(): Map<string, object> {
  const others = [
    { type: putAsideType, schema: PutAsideSchema },
    { type: reputationEntryType, schema: ReputationEntry },
  ];
  const schemas = [...eventSchemas(), ...others];
  return new Map([
    ['kafka/asyncapi.json', asyncApiDocument()],
    ...schemas.map(({ type, schema }) => [`kafka/schemas/${type}.schema.json`, standalone(schema)] as const),
  ]);
}

/** What says which schema it is comes first. */
function standalone(schema: TSchema): object {
  const { $id, title, description, ...rest } = schema as Record<string, unknown>;
  return { $schema: 'http://json-schema.org/draft-07/schema#', $id, title, description, ...rest };
}

if (import.meta.main) {
  mkdirSync(new URL('../kafka/schemas', import.meta.url), { recursive: true });
  const files = [...generatedForKafka()].map(([path, content]) => {
    const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
    writeFileSync(file, JSON.stringify(content));
    return file;
  });
  execFileSync('npx', ['biome', 'format', '--write', ...files], { stdio: 'inherit' });
}
