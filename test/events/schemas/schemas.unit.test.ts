import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { eventSchemas } from '../../../scripts/event-schemas.ts';
import { type CommandResult, commandEvent, type Order } from '../../../src/events/command.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import type { Findings, MalwareFact, UnscannableFact, Verdict } from '../../../src/events/scan.ts';
import type { OrderSchema, ResultSchema } from '../../../src/events/schemas/command.ts';
import type {
  ComponentsSchema,
  MalwareSchema,
  ReplySchema,
  RuleSchema,
  UnscannableSchema,
  VerdictSchema,
} from '../../../src/events/schemas/scan.ts';
import type { ScanReply } from '../../../src/machines/message-scan.ts';
import type { VirusRule } from '../../../src/machines/virus-rule.ts';
import { eventsOfToday, recordedHistories } from '../../support/recorded-histories.ts';

const schemas = new Map(eventSchemas().map(({ type, schema }) => [type, schema]));

function schemaOf(type: string): TSchema {
  const schema = schemas.get(type);
  if (schema === undefined) throw new Error(`no schema for ${type}`);
  return schema;
}

/** `$` is where it is not as the schema says. */
function problems(schema: TSchema, value: unknown): string[] {
  return Compile(schema)
    .Errors(value)
    .map(({ instancePath, message }) => `${instancePath || '$'} ${message}`);
}

/** The same schema, but what it does not name may not be there. What caused an event is open by design. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, key === 'trigger' ? value : closed(value)]);
  const { type } = schema as { type?: unknown };
  return { ...Object.fromEntries(entries), ...(type === 'object' && { additionalProperties: false }) };
}

describe.each(recordedHistories())('$name', (history) => {
  test('every event is as its schema says', () => {
    for (const event of eventsOfToday(history)) expect(problems(schemaOf(event.type), event), event.id).toEqual([]);
  });

  test('the schemas leave out nothing that events hold', () => {
    for (const event of eventsOfToday(history))
      expect(problems(closed(schemaOf(event.type)) as TSchema, event), event.id).toEqual([]);
  });
});

describe('a schema', () => {
  const events = recordedHistories().flatMap(eventsOfToday);
  const verdict = events.find(({ type }) => type === 'sekisho.scan.verdict.v1') as Envelope;
  const schema = schemaOf(verdict.type);

  test('is open: what comes in a later version is passed over', () => {
    const later = { ...verdict, later: 1, data: { ...verdict.data, later: { more: true } } };
    expect(problems(schema, later)).toEqual([]);
  });

  test.each([
    ['an attribute is missing', { subject: undefined }, '$'],
    ['the type is another', { type: 'sekisho.scan.verdict.v2' }, '/type'],
    ['a fact is missing', { data: { ...verdict.data, verdict: undefined } }, '/data'],
    ['a fact is of another kind', { data: { ...verdict.data, verdict: 'clean' } }, '/data/verdict'],
    ['the state is another', { data: { ...verdict.data, state: 'Judged' } }, '/data/state'],
    ['the time is none', { time: 'yesterday' }, '/time'],
  ])('refuses an event when %s', (_, change, where) => {
    const wrong = problems(schema, JSON.parse(JSON.stringify({ ...verdict, ...change })));
    expect(wrong.length).toBeGreaterThan(0);
    expect(wrong.every((problem) => problem.startsWith(`${where}`))).toBe(true);
  });

  test.each([
    [{ kind: 'restart' }],
    [{ kind: 'forget-answers' }],
    [{ kind: 'deploy-component', component: 'agent', version: null }],
    [{ kind: 'deploy-component', component: 'filter', version: '3f2a91' }],
  ] satisfies [Order][])('takes the command %j as it is given', (order) => {
    const given = { id: 'a', order, source: '/test', timeMs: 0, validSeconds: 3600, gateways: ['/sekisho/gateway/a'] };
    const event = commandEvent(given);
    expect(problems(schemaOf(event.type), event)).toEqual([]);
  });
});

/** Compiles only while types and schemas say the same, in both directions. */
type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;
type Same<T, Schema extends TSchema> = [Mutable<T>] extends [Static<Schema>]
  ? [Static<Schema>] extends [Mutable<T>]
    ? true
    : never
  : never;

test('types and schemas say the same', () => {
  const same: [
    Same<Verdict, typeof VerdictSchema>,
    Same<MalwareFact, typeof MalwareSchema>,
    Same<UnscannableFact, typeof UnscannableSchema>,
    Same<Findings['components'], typeof ComponentsSchema>,
    Same<ScanReply, typeof ReplySchema>,
    Same<VirusRule, typeof RuleSchema>,
    Same<Order, typeof OrderSchema>,
    Same<CommandResult, typeof ResultSchema>,
  ] = [true, true, true, true, true, true, true, true];
  expect(same).not.toContain(false);
});
