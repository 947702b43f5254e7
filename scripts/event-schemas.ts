/** The JSON Schema of every event type: made from the machines and from the facts in src/events/schemas. */
import Type, { type TObject, type TSchema } from 'typebox';
import type { Lane } from '../src/events/envelope.ts';
import { auditEvents } from '../src/events/schemas/audit.ts';
import { commandAttributes, givenCommands } from '../src/events/schemas/command.ts';
import { envelopeSchema, foreignEnvelopeSchema } from '../src/events/schemas/envelope.ts';
import { type Fields, factSchemas, inputSchemas } from '../src/events/schemas/facts.ts';
import { streamRules } from '../src/machines/recording/stream-rules.ts';
import { catalogue, type EventEntry, type MachineEntry, meaningOf } from './event-catalogue.ts';

/** An event type with the lane that it is in. */
export interface TypeSchema {
  type: string;
  lane: Lane;
  about: string;
  schema: TObject;
}

/** Every type, in the order of docs/events.md; commands that are given come last. */
export function eventSchemas(): TypeSchema[] {
  const told = catalogue().flatMap((machine) =>
    machine.events.map((event) => {
      const about = meaningOf(event.type);
      const schema = envelopeSchema(event.type, about, machine.subject, dataSchema(machine, event));
      return { type: event.type, lane: machine.lane, about, schema };
    }),
  );
  const given = Object.entries(givenCommands).map(([kind, { about, data }]) => {
    const type = `sekisho.command.${kind}.v1`;
    return {
      type,
      lane: 'commands' as const,
      about,
      schema: foreignEnvelopeSchema(type, about, data, commandAttributes),
    };
  });
  return [...told, ...audited(), ...given];
}

/** What administrators do is no transition of a machine. */
function audited(): TypeSchema[] {
  return Object.entries(auditEvents).map(([name, { about, subject, data }]) => {
    const type = `sekisho.${name}.v1`;
    return { type, lane: 'system', about, schema: envelopeSchema(type, about, subject, data) };
  });
}

/** Causes are examples and no bounds: another way into the same state is no new version (decision 017). */
function dataSchema({ id, input }: MachineEntry, { states, triggers, facts }: EventEntry): TSchema {
  const known = fieldsOf(factSchemas, id);
  const fields = [...facts].map(([name, always]) => {
    const schema = fieldOf(known, name, `${id} tells`);
    return [name, always ? schema : Type.Optional(schema)];
  });
  return Type.Object({
    from: Type.String({ description: 'State before' }),
    state: stateSchema([...states]),
    transition: Type.String({ description: 'Its id, as `data-transition` in the picture of the statechart' }),
    trigger: Type.Optional(
      Type.Object(
        { type: Type.String({ ...(triggers.size > 0 && { examples: [...triggers] }) }) },
        { description: 'What caused it; absent where it followed from the event before' },
      ),
    ),
    input: Type.Optional(
      Type.Object(pick(fieldsOf(inputSchemas, id), input, `${id} is started with`), {
        description: 'With the first event of a stream: what the actor was started with',
      }),
    ),
    ...Object.fromEntries(fields),
    ...(streamRules[id]?.isTimed && timed),
  });
}

/** Of streams that say how long things took. */
const timed = {
  elapsedMs: Type.Optional(Type.Integer({ minimum: 0, description: 'Milliseconds since the final dot; since 0.3.0' })),
  fromMs: Type.Optional(Type.Integer({ minimum: 0, description: 'Milliseconds that it was in `from`; since 0.3.0' })),
};

/** The type is named after the state; where an event stays in its state, another state may come to be possible. */
function stateSchema(states: readonly string[]): TSchema {
  const description = 'State after';
  const [only] = states;
  if (states.length === 1 && only !== undefined) return Type.Literal(only, { description });
  return Type.String({ description, examples: states });
}

function fieldsOf(all: Readonly<Record<string, Fields>>, machine: string): Fields {
  const fields = all[machine];
  if (fields === undefined) throw new Error(`src/events/schemas/facts.ts has nothing of machine ${machine}`);
  return fields;
}

function fieldOf(fields: Fields, name: string, what: string): TSchema {
  const schema = fields[name];
  if (schema === undefined) throw new Error(`src/events/schemas/facts.ts does not have ${name}, which ${what}`);
  return schema;
}

function pick(fields: Fields, names: readonly string[], what: string): Record<string, TSchema> {
  return Object.fromEntries(names.map((name) => [name, fieldOf(fields, name, what)]));
}
