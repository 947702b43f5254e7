import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { GivenText, ReadCommand } from '../../actors/ports/commands.ts';
import {
  type CommandKind,
  commandBytesMax,
  commandIdForm,
  commandKinds,
  type Order,
  outcomeOf,
  validSeconds,
} from '../../events/command.ts';
import { readJson } from '../../events/json.ts';
import { AnyCommand, type DeployData, givenCommands, type RollbackData } from '../../events/schemas/command.ts';

const anyCommand = Compile(AnyCommand);
const dataOf: Readonly<Record<CommandKind, Validator>> = {
  restart: Compile(givenCommands.restart.data),
  'deploy-component': Compile(givenCommands['deploy-component'].data),
  'rollback-component': Compile(givenCommands['rollback-component'].data),
  'forget-answers': Compile(givenCommands['forget-answers'].data),
};

/** Reads what somebody gave as a command: never throws, and says of what it does not take why. */
export function readCommand({ text, place }: GivenText): ReadCommand {
  const unknown = (problem: string, id = place): ReadCommand => ({ kind: 'unknown', id, problem });
  if (Buffer.byteLength(text) > commandBytesMax) return unknown(`it is larger than ${commandBytesMax} bytes`);
  const given = readJson(text);
  if (given === undefined) return unknown('it is no JSON');
  if (outcomeOf(given) !== undefined) return { kind: 'outcome' };
  const id = idOf(given) ?? place;
  if (!anyCommand.Check(given)) return unknown(`it is no command: ${firstProblem(anyCommand, given)}`, id);
  const { type, data, source, time } = given as AnyCommand;
  const addressees = data.gateways === undefined ? {} : { gateways: data.gateways };
  const kind = commandKinds.find((each) => type === `sekisho.command.${each}.v1`);
  if (kind === undefined)
    return { kind: 'unknown', id, problem: `this version knows no command ${type}`, ...addressees };
  const check = dataOf[kind];
  if (!check.Check(data)) return { kind: 'unknown', id, problem: `data${firstProblem(check, data)}`, ...addressees };
  const givenMs = Date.parse(time);
  if (Number.isNaN(givenMs)) return unknown('it is no command: /time is no time', id);
  const validMs = (data.validSeconds ?? validSeconds.usual) * 1000;
  return { kind: 'command', id, order: orderOf(kind, data), givenBy: source, givenMs, validMs, ...addressees };
}

/** Its own id, where it has one that can be used, so that the same mistake given twice is told once. */
function idOf(given: unknown): string | undefined {
  const { id } = (given ?? {}) as { id?: unknown };
  return typeof id === 'string' && commandIdForm.test(id) ? id : undefined;
}

function orderOf(kind: CommandKind, data: AnyCommand['data']): Order {
  if (kind === 'restart' || kind === 'forget-answers') return { kind };
  if (kind === 'rollback-component') return { kind, component: (data as RollbackData).component };
  const { component, version } = data as DeployData;
  return { kind, component, version: version ?? null };
}

function firstProblem(validator: Validator<Record<never, never>, TSchema>, value: unknown): string {
  const [first] = validator.Errors(value);
  return `${first?.instancePath ?? ''} ${first?.message ?? 'is wrong'}`.slice(0, 300);
}
