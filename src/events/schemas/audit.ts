import Type, { type TSchema } from 'typebox';
import { type AdminAct, actPhases, adminActs } from '../audit.ts';

const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()]);
const word = (description: string) => Type.String({ description });

/** See `Person`. */
const person = {
  user: word('Name of the user of the operating system'),
  uid: Type.Integer({ minimum: 0 }),
  sudoUser: orNull(word('Who became that user by sudo')),
  host: Type.String(),
};

/** See `Actor`. */
const ActorSchema = Type.Union(
  [
    Type.Object({ kind: Type.Literal('user'), ...person }),
    Type.Object({ kind: Type.Literal('signal') }),
    Type.Object({
      kind: Type.Literal('command'),
      command: word('Id of the command'),
      givenBy: orNull(word('CloudEvents source of who gave it')),
    }),
  ],
  { description: 'Who did it' },
);

const setting = { section: Type.String(), key: Type.String() };
const from = word('`<file>:<line>`, `environment <variable>` or `default`');

const inForce = Type.Array(
  Type.Object({
    ...setting,
    value: word('As it was given; secrets are masked'),
    from,
    fingerprint: Type.Optional(word('Tells one secret from another')),
  }),
  { description: 'All settings that are not the default' },
);

const changes = Type.Array(
  Type.Object({
    ...setting,
    before: orNull(word('Null: a default that depends on other settings or on the machine')),
    after: orNull(Type.String()),
    from,
    secret: Type.Optional(Type.Literal(true, { description: 'The value is not shown, or not in full' })),
  }),
  { minItems: 1 },
);

const at = Type.Enum(['start', 'restart', 'kept'], {
  description:
    'When: a start of the gateway, a restart of the scan service, or that retention had deleted the last word on it',
});

const act = {
  act: Type.String({
    pattern: '^[0-9a-f-]{36}$',
    description: 'UUID of the act: the same when it begins and when it has ended',
  }),
  phase: Type.Enum(actPhases),
  target: orNull(word('What it is done to')),
  before: orNull(Type.String()),
  after: orNull(Type.String()),
  reason: orNull(word('Why it failed')),
};

/** What every administrator command tells. */
const ActSchema = Type.Object({ ...act, who: ActorSchema });

/** See `ActNote`. */
export const ActNoteSchema = Type.Object({
  ...act,
  what: Type.Enum(adminActs),
  who: Type.Object(person),
  timeMs: Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 }),
});

/** An event that is no transition of a machine. */
export interface AuditEvent {
  /** What it means, in a sentence. */
  about: string;
  /** The aggregate, with names for what varies. */
  subject: string;
  data: TSchema;
}

const acts: Readonly<Record<AdminAct, string>> = {
  'quarantine-release': 'A message was released from quarantine.',
  'quarantine-delete': 'A message was deleted from quarantine.',
  'projections-rebuild': 'Views were built anew.',
  'parked-retry': 'Parked events were folded once more.',
  'sps-import': 'Signatures were imported into the Smart Protection Server of this machine.',
  'sps-source': 'A source of the Smart Protection Server of this machine was set or removed.',
  'sps-override': 'A false positive was said to be one, or no longer, to the Smart Protection Server of this machine.',
  'sps-client': 'A key or a certificate was made for a client of the Smart Protection Server of this machine.',
  'sps-export': 'What the Smart Protection Server of this machine knows was written to Kafka.',
  'sps-publish': 'Components were published by the Smart Protection Server of this machine.',
  'sps-key': 'A new key signs the components of the Smart Protection Server of this machine.',
  'console-token': 'A token of the admin API was made or removed.',
  'kafka-init': 'Topics were created in Kafka.',
  'notify-test': 'A notification was sent to try it.',
  backup: 'A backup was made.',
  restore: 'The state was restored from a backup.',
  'privacy-erase': 'An address was erased from the log; it is not named.',
};

/** By event type without `sekisho.` and the version. */
export const auditEvents: Readonly<Record<string, AuditEvent>> = {
  'settings.changed': {
    about: 'Settings are in force that were not before: also when they were changed while the gateway was stopped.',
    subject: 'audit/settings',
    data: Type.Object({ by: ActorSchema, at, changes, inForce }),
  },
  'settings.in-force': {
    about: 'The settings in force, where the log had nothing to compare them with.',
    subject: 'audit/settings',
    data: Type.Object({ by: ActorSchema, at, inForce }),
  },
  'privacy.erased': {
    about:
      'Personal data are gone from the log, and go from the views: what is older than a moment, or one address, which is not named.',
    subject: 'audit/<what>',
    data: Type.Object({
      what: Type.Enum(['age', 'address']),
      fromMs: Type.Optional(
        Type.Number({ description: 'By age: from when on, ms since 1970; what is older was erased before' }),
      ),
      beforeMs: Type.Optional(Type.Number({ description: 'By age: what is older' })),
      erasure: Type.Optional(word('Id of the erasure of an address')),
      events: Type.Optional(Type.Integer({ minimum: 0, description: 'In how many events the address was' })),
    }),
  },
  ...Object.fromEntries(
    Object.entries(acts).map(([what, about]) => [`admin.${what}`, { about, subject: 'audit/<act>', data: ActSchema }]),
  ),
};
