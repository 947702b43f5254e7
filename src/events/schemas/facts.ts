import Type, { type TSchema } from 'typebox';
import { componentNames } from '../command.ts';
import { notificationChannels, notificationKinds } from '../notification.ts';
import { OrderSchema, ResultSchema } from './command.ts';
import { MessageSchema, MethodSchema, ReplySchema, scanInput, VerdictSchema } from './scan.ts';

/** Schemas of fields, by name. */
export type Fields = Readonly<Record<string, TSchema>>;

const count = (description?: string) => Type.Integer({ minimum: 0, ...(description && { description }) });
const ms = count('Milliseconds');
const epoch = count('The epoch of the scan service: each start and restart is a new one');
const flag = Type.Boolean();
const word = Type.String();
const archive = Type.String({ description: 'Folder of an archive of the virus rule; absent: it is the quarantine' });
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()]);
const services = Type.Array(Type.String(), { description: 'Required reputation services, by name' });
const servers = Type.Array(Type.String(), { description: '`host:port` each' });
const server = Type.String({
  description: '`host:port`; of a reputation service, its name',
  examples: ['sps.example.org:443'],
});
const service: Fields = {
  service: Type.Optional(
    Type.Enum(['mhr', 'hbl', 'virustotal', 'circl'], {
      description: 'Kind of the reputation service; absent: it is a Smart Protection Server',
    }),
  ),
  required: Type.Optional(Type.Boolean({ description: 'Messages are answered 451 without its answer' })),
};
const component = Type.Enum(componentNames);
const UpdateScheduleSchema = Type.Union(
  [
    Type.Object({ kind: Type.Literal('every'), ms }),
    Type.Object({ kind: Type.Literal('daily'), minute: count('Minutes after midnight') }),
    Type.Object({ kind: Type.Literal('weekly'), weekday: count('0: Sunday'), minute: count('Minutes after midnight') }),
  ],
  { description: 'When it is looked for; null: only by hand, or when it is pushed' },
);
const engineServer: Fields = {
  engine: Type.Enum(['clamd']),
  server: Type.String({ description: '`host:port` or `unix:/path`', examples: ['clamd.example.org:3310'] }),
};
const engineRequired = Type.Boolean({ description: 'Messages are answered 451 while no server of it answers' });

/** What `data` of a machine's events holds besides what every event has: by machine id, then by field. */
export const factSchemas: Readonly<Record<string, Fields>> = {
  server: {
    server,
    ...service,
    epoch,
    failCount: count('Failures in a row, of queries and version checks together'),
    threshold: count('The server is cached as invalid when `failCount` exceeds it'),
    trips: count('How often it was cached as invalid since it was last healthy'),
    cacheSeconds: Type.Number({ description: 'How long it is then not asked' }),
  },
  engine: {
    ...engineServer,
    failCount: count('Failures in a row'),
    failure: orNull(Type.String({ description: 'Kind of the last failure', examples: ['timeout'] })),
    threshold: count('It is left alone when `failCount` exceeds it'),
    cacheSeconds: Type.Number({ description: 'How long it is then left alone' }),
    required: engineRequired,
  },
  method: { epoch, method: MethodSchema, failedOver: servers, leftOut: servers },
  scan: {
    verdict: VerdictSchema,
    reply: orNull(ReplySchema),
    failure: orNull(Type.String({ description: 'Kind of the last failure of the query', examples: ['timeout'] })),
    // Gateways before 0.3.0 did not say it.
    message: Type.Optional(MessageSchema),
  },
  session: { messages: count('Replies given to messages so far') },
  service: { epoch },
  updater: {
    component,
    version: orNull(Type.String({ description: 'The one in use' })),
    // Gateways before 0.5.0 did not say these.
    patternId: Type.Optional(Type.String({ description: 'Id of the smart scan pattern that it belongs to' })),
    signatures: Type.Optional(count('Of a pattern')),
    heldBack: Type.Optional(orNull(Type.String({ description: 'The version that is refused, as it was rolled back' }))),
    failures: Type.Optional(count('Checks that have failed in a row')),
    waitMs: Type.Optional(orNull(count('Milliseconds until the next check by itself; null: none'))),
  },
  supervisor: { children: Type.Array(Type.Object({ id: word, restarts: count() })) },
  relay: {
    position: count('Kafka has everything up to this sequence of the journal'),
    failure: orNull(Type.Object({ message: word, remedy: orNull(word) })),
    gaps: count('Stretches of the log that were gone before they could be sent'),
    putAside: count('Events that are with the dead letters instead'),
  },
  journal: {
    short: orNull(Type.Enum(['journal', 'disk'], { description: 'What is short' })),
    heldBy: orNull(Type.String({ description: 'The reader that is furthest behind' })),
    bytes: count('In use: of the journal by what readers have not read, or of the disk by anything'),
    bytesMax: count('Of these'),
    percent: count(),
  },
  quarantine: {
    archive: Type.Optional(archive),
    messages: count('When it was last measured'),
    bytes: count('When it was last measured'),
    bytesMax: count('Its limit; 0: none'),
    refusedBytes: count('Size of the message that found no room; 0 when none did'),
    gone: count('Messages that have expired since the program began'),
    reason: orNull(Type.String({ description: 'Why it could not be looked after' })),
  },
  certificate: {
    certificate: Type.String({ description: '`host:port` of a server, or the setting that names its file' }),
    host: orNull(word),
    days: orNull(Type.Integer({ description: 'Whole days that are left; below 0 it is over' })),
    end: orNull(Type.String({ description: 'When it ends, RFC 3339' })),
  },
  projection: {
    projection: Type.String({ description: 'Name of the projection' }),
    failures: count('Since it had last caught up'),
    parked: count('Events put aside since the program began'),
    lost: count('Places lost since the program began'),
  },
  notification: {
    notification: Type.String({ description: 'Id of the notification: of the event that it tells of, and its kind' }),
    kind: Type.Enum(Object.keys(notificationKinds)),
    channel: Type.Enum([...notificationChannels]),
    target: Type.String({ description: 'Who is told: an address, or a receiver without its keys' }),
    about: Type.String({ description: 'Subject of the event that it tells of' }),
    attempts: count('How often it was tried'),
    waitedMs: count('How long it has waited between attempts, all together'),
    reason: orNull(Type.String({ description: 'Why the last attempt failed' })),
    outcome: orNull(Type.String({ description: 'What the other side said when it took it' })),
  },
  command: {
    command: Type.String({ description: 'Id of the command' }),
    order: orNull(OrderSchema),
    reason: orNull(Type.String({ description: 'Why it was refused or failed' })),
    // Gateways before 0.5.0 did not say it.
    failure: Type.Optional(orNull(Type.String({ description: 'Its kind', examples: ['wrongly-signed'] }))),
    result: orNull(ResultSchema),
  },
};

/** Since 0.5.0. */
const updaterInput: Fields = {
  schedule: Type.Optional(orNull(UpdateScheduleSchema)),
  timeZone: Type.Optional(Type.String({ examples: ['Asia/Tokyo'] })),
  jitterMsMax: Type.Optional(ms),
  retryMsMax: Type.Optional(ms),
  version: Type.Optional(orNull(Type.String({ description: 'The one that was loaded' }))),
  heldBack: Type.Optional(orNull(Type.String({ description: 'The version that is refused, as it was rolled back' }))),
  facts: Type.Optional(
    Type.Object({ patternId: Type.Optional(Type.String()), signatures: Type.Optional(count('Of a pattern')) }),
  ),
  confirmedMs: Type.Optional(count('When it was last found to be the newest, ms since 1970')),
  atMs: Type.Optional(count('When it started, ms since 1970')),
  random: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Chance, for the times of checks' })),
};

/** What `data.input` of the first event of a stream holds: what the actor was started with. */
export const inputSchemas: Readonly<Record<string, Fields>> = {
  server: {
    server,
    ...service,
    epoch,
    threshold: count(),
    cacheMs: ms,
    connectMs: ms,
    failOver: flag,
    wasFailedOver: flag,
  },
  engine: { ...engineServer, threshold: count(), cacheMs: ms, pingMs: ms, required: engineRequired },
  method: {
    epoch,
    setting: MethodSchema,
    servers,
    services: Type.Optional(services),
    failedOver: servers,
    wasConventional: flag,
  },
  scan: scanInput,
  session: { session: word, client: word },
  service: { lastEpoch: epoch, drainMs: ms },
  updater: {
    ...{ component, retryMs: ms, checkMs: ms, staleMs: ms },
    intervalMs: Type.Optional(count('Milliseconds; before 0.5.0')),
    ...updaterInput,
  },
  supervisor: {},
  relay: {
    to: Type.Optional(Type.Enum(['kafka', 'syslog'])),
    position: count(),
    crash: orNull(Type.String({ description: 'Why the relay before this one broke down' })),
  },
  journal: { percentMax: count(), freeBytesMin: count() },
  quarantine: {
    archive: Type.Optional(archive),
    ...{ bytesMax: count(), daysMax: count(), whenFull: Type.Enum(['defer', 'delete_oldest']) },
  },
  certificate: { certificate: word, host: orNull(word), daysMin: count() },
  projection: { projection: word, retryMs: ms, retryMsMax: ms },
  notification: {
    ...{ notification: word, kind: word, channel: word, target: word, about: word },
    ...{ triedBefore: count(), waitedBeforeMs: ms, retryMs: ms, retryMsMax: ms, giveUpMs: ms, sendMs: ms },
    refusal: orNull(Type.String({ description: 'Why it is not even tried' })),
  },
  command: {
    command: word,
    gateway: word,
    order: orNull(OrderSchema),
    problem: orNull(word),
    givenBy: orNull(word),
    givenMs: ms,
    receivedMs: ms,
    validMs: ms,
    interrupted: flag,
  },
};
