import Type, { type Static } from 'typebox';
import { type CommandKind, commandIdForm, componentNames, validSeconds } from '../../events/command.ts';

/** CloudEvents source of a gateway or of whoever gives the command: one printable word. */
const source = Type.String({ pattern: '^[\\x21-\\x7e]{1,300}$' });
const gateways = Type.Optional(
  Type.Array(source, {
    minItems: 1,
    maxItems: 1000,
    description: 'CloudEvents sources of the gateways that it is for; absent: all',
  }),
);
const valid = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: validSeconds.max,
    default: validSeconds.usual,
    description: 'Seconds from `time` on in which a gateway may begin it',
  }),
);

/** What every command has, whatever it orders. More fields may be there. */
export const AnyCommand = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String({ pattern: commandIdForm.source, description: 'A gateway begins an id once' }),
  source,
  type: Type.String({ pattern: '^sekisho\\.command\\.[a-z][a-z-]{0,60}\\.v[1-9][0-9]{0,3}$' }),
  time: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$' }),
  data: Type.Object({ gateways, validSeconds: valid }),
});
export type AnyCommand = Static<typeof AnyCommand>;

/** `data` of each kind, version 1. */
export const commandData = {
  restart: Type.Object({ gateways, validSeconds: valid }),
  'deploy-component': Type.Object({
    component: Type.Union(componentNames.map((name) => Type.Literal(name))),
    version: Type.Optional(
      Type.String({ pattern: '^[\\x21-\\x7e]{1,128}$', description: 'The version that must be in use afterwards' }),
    ),
    gateways,
    validSeconds: valid,
  }),
} as const satisfies Record<CommandKind, unknown>;
export type DeployData = Static<(typeof commandData)['deploy-component']>;
