import Type, { type TSchema } from 'typebox';
import { type CommandKind, componentNames, validSeconds } from '../command.ts';

const version = Type.String({ minLength: 1, description: 'The one that must be in use afterwards' });
const component = Type.Enum(componentNames);

/** See `Order`. */
export const OrderSchema = Type.Union([
  Type.Object({ kind: Type.Literal('restart') }),
  Type.Object({
    kind: Type.Literal('deploy-component'),
    component,
    version: Type.Union([version, Type.Null()]),
  }),
]);

/** See `CommandResult`. */
export const ResultSchema = Type.Object({
  epoch: Type.Integer({ minimum: 0, description: 'The epoch that takes messages' }),
  version: Type.Union([Type.String({ description: 'Of the component in use' }), Type.Null()]),
});

const toWhom = {
  gateways: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Sources of the gateways that it is for; left out: all',
      examples: [['/sekisho/gateway/mx.example']],
    }),
  ),
  validSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: validSeconds.max,
      description: `How long it holds; left out: ${validSeconds.usual}`,
    }),
  ),
};

/** `data` of the events that give commands. */
export const givenCommands: Readonly<Record<CommandKind, { about: string; data: TSchema }>> = {
  restart: {
    about: 'Gateways read their settings again and restart the scan service.',
    data: Type.Object(toWhom),
  },
  'deploy-component': {
    about: 'Gateways fetch the newest version of a component now.',
    data: Type.Object({ component, version: Type.Optional(version), ...toWhom }),
  },
};
