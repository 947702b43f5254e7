import Type, { type Static, type TSchema } from 'typebox';
import { commandIdForm, componentNames, validSeconds } from '../../events/command.ts';
import { ResultSchema } from '../../events/schemas/command.ts';

const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const text = (description: string) => Type.String({ description });
const time = (description: string) => Type.String({ format: 'date-time', description });
const count = Type.Integer({ minimum: 0 });

/** What is known of every statechart. See `ChartRow` of the projection `servers`. */
const chart = {
  gateway: text('CloudEvents source of the gateway'),
  state: text('The state that people know'),
  stateValue: text('The whole state of the machine'),
  transition: text('The transition that led there'),
  since: time('Since when it is in `state`'),
  time: time('When it last changed'),
};
const counted = { failCount: count, threshold: count, lastFailure: Type.Optional(text('Kind of the last failure')) };

const Server = Type.Object({
  ...chart,
  server: text('host:port'),
  epoch: count,
  ...counted,
  invalidUntil: Type.Optional(time('Until when it is not asked')),
});
const Engine = Type.Object({ ...chart, engine: Type.String(), server: Type.String(), ...counted });
const Method = Type.Object({ ...chart, method: Type.Enum(['smart', 'conventional']), epoch: count });
const Relay = Type.Object({ ...chart, to: Type.Enum(['kafka', 'syslog']), failure: Type.Optional(Type.String()) });

const Component = Type.Object({
  ...chart,
  component: Type.Enum(componentNames),
  version: orNull(text('In use')),
  patternId: Type.Optional(text('Smart scan pattern that it belongs to')),
  signatures: Type.Optional(count),
  confirmed: Type.Optional(time('When it was last found to be the newest')),
  lastCheck: Type.Optional(time('When the last check ended')),
  nextCheck: Type.Optional(time('When the next one comes by itself')),
  failures: Type.Optional(Type.Integer({ minimum: 0, description: 'Checks that have failed in a row' })),
  lastFailure: Type.Optional(Type.Object({ time: time('When'), kind: Type.String(), reason: Type.String() })),
  heldBack: Type.Optional(text('The version that is refused since it was rolled back')),
});

/** What `sekisho servers --format json` shows of this gateway, and the version of the program. */
export const Status = Type.Object({
  ...chart,
  version: text('Of the program'),
  epoch: Type.Integer({ minimum: 0, description: 'Of the scan service' }),
  method: Type.Optional(Type.Enum(['smart', 'conventional'])),
  searchMethod: Type.Optional(Method),
  servers: Type.Array(Server),
  engines: Type.Array(Engine),
  components: Type.Array(Component),
  relays: Type.Array(Relay),
});
export type Status = Static<typeof Status>;

/** What `sekisho components list --json` shows. */
export const Components = Type.Object({ components: Type.Array(Component) });
export type Components = Static<typeof Components>;

export const commandStates = ['given', 'running', 'done', 'refused', 'failed'] as const;
export type CommandState = (typeof commandStates)[number];

/** A command, and what came of it at this gateway. */
export const CommandReport = Type.Object({
  id: Type.String({ pattern: commandIdForm.source }),
  gateway: text('Name of this gateway'),
  state: Type.Enum(commandStates, { description: '`given`: it waits for its turn. The last three are ends' }),
  order: orNull(
    Type.Object({ kind: Type.String() }, { description: 'What is to be done; null where it is not understood' }),
  ),
  givenBy: orNull(text('CloudEvents source of who gave it; null where that is not known any more')),
  time: time('Of the last word on it'),
  result: orNull(ResultSchema),
  failure: orNull(text('As `wrongly-signed` or `timeout`; null where it has no name')),
  reason: orNull(text('Why it was refused or failed')),
});
export type CommandReport = Static<typeof CommandReport>;

/** What every order may say. */
const orderOptions = {
  id: Type.Optional(
    Type.String({
      pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
      description: 'A UUID made by the client: given twice, it is done once. Left out: a new one',
    }),
  ),
  validSeconds: Type.Optional(
    Type.Integer({
      ...{ minimum: 1, maximum: validSeconds.max },
      description: `It is refused when its turn comes later; left out: ${validSeconds.usual}`,
    }),
  ),
};

/** Body of an order that says no more. */
export const OrderRequest = Type.Object(orderOptions, { additionalProperties: false });
export type OrderRequest = Static<typeof OrderRequest>;

/** Body of an update. */
export const UpdateRequest = Type.Object(
  {
    ...orderOptions,
    version: Type.Optional(
      Type.String({
        pattern: '^[\\x21-\\x7e]{1,128}$',
        description: 'The one that must be in use afterwards: else the command has failed',
      }),
    ),
  },
  { additionalProperties: false },
);
export type UpdateRequest = Static<typeof UpdateRequest>;

export const ComponentParams = Type.Object({ component: Type.Enum(componentNames) });
export type ComponentParams = Static<typeof ComponentParams>;
export const CommandParams = Type.Object({ id: Type.String({ pattern: commandIdForm.source }) });
export type CommandParams = Static<typeof CommandParams>;
