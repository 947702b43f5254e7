import Type, { type Static, type TSchema } from 'typebox';
import { type CommandKind, commandIdForm, componentNames, validSeconds } from '../command.ts';

const version = Type.String({
  pattern: '^[\\x21-\\x7e]{1,128}$',
  description: 'The one that must be in use afterwards',
});
const component = Type.Enum(componentNames);

/** See `Order`. */
export const OrderSchema = Type.Union([
  Type.Object({ kind: Type.Literal('restart') }),
  Type.Object({
    kind: Type.Literal('deploy-component'),
    component,
    version: Type.Union([version, Type.Null()]),
  }),
  Type.Object({ kind: Type.Literal('rollback-component'), component }),
  Type.Object({ kind: Type.Literal('forget-answers') }),
]);

/** See `CommandResult`. */
export const ResultSchema = Type.Object({
  epoch: Type.Integer({ minimum: 0, description: 'The epoch that takes messages' }),
  version: Type.Union([Type.String({ description: 'Of the component in use' }), Type.Null()]),
  before: Type.Optional(
    Type.Union([Type.String({ description: 'The version that was in use before; since 0.5.0' }), Type.Null()]),
  ),
  later: Type.Optional(
    Type.Array(Type.String(), { description: 'Where settings were changed that wait for the next start' }),
  ),
});

/** CloudEvents source of a gateway or of who gives the command: one printable word. */
const source = { pattern: '^[\\x21-\\x7e]{1,300}$' };

const toWhom = {
  gateways: Type.Optional(
    Type.Array(Type.String(source), {
      minItems: 1,
      maxItems: 1000,
      description: 'Sources of the gateways that it is for; left out: all',
      examples: [['/sekisho/gateway/mx.example']],
    }),
  ),
  validSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: validSeconds.max,
      description: `Seconds from \`time\` on in which a gateway may begin it; left out: ${validSeconds.usual}`,
    }),
  ),
};

/** What the envelope of a command must have more than that of any event. */
export const commandAttributes = {
  id: Type.String({ pattern: commandIdForm.source, description: 'Id of the command: a gateway begins it once' }),
  source: Type.String({ ...source, description: 'Who gives it' }),
  time: Type.String({
    format: 'date-time',
    pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$',
    description: 'When it is given',
  }),
};

/** What every command has, whatever it orders: also one of a kind or version that is not known yet. */
export const AnyCommand = Type.Object({
  specversion: Type.Literal('1.0'),
  ...commandAttributes,
  type: Type.String({ pattern: '^sekisho\\.command\\.[a-z][a-z-]{0,60}\\.v[1-9][0-9]{0,3}$' }),
  data: Type.Object(toWhom),
});
export type AnyCommand = Static<typeof AnyCommand>;

const PlainData = Type.Object(toWhom);
const DeployData = Type.Object({ component, version: Type.Optional(version), ...toWhom });
export type DeployData = Static<typeof DeployData>;
const RollbackData = Type.Object({ component, ...toWhom });
export type RollbackData = Static<typeof RollbackData>;

/** `data` of the events that give commands. */
export const givenCommands: Readonly<Record<CommandKind, { about: string; data: TSchema }>> = {
  restart: { about: 'Gateways read their settings again and restart the scan service.', data: PlainData },
  'deploy-component': { about: 'Gateways fetch the newest version of a component now.', data: DeployData },
  'rollback-component': { about: 'Gateways take the version before of a component into use.', data: RollbackData },
  'forget-answers': { about: 'Gateways forget the kept answers of reputation services.', data: PlainData },
};
