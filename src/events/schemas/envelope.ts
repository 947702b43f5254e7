import Type, { type TObject, type TProperties, type TSchema } from 'typebox';

const text = (description: string, examples: readonly string[] = []) =>
  Type.String({ minLength: 1, description, ...(examples.length > 0 ? { examples } : {}) });

/** What every CloudEvent of ours must have. */
const required = {
  specversion: Type.Literal('1.0'),
  id: text('Unique for ever. Whoever has seen an id passes over the event: it may come twice', ['6f1c0a3e-91d2.4k']),
  source: text('Who says so', ['/sekisho/gateway/mx.example']),
  time: Type.String({
    format: 'date-time',
    description: 'When it happened, UTC with milliseconds. The time of the record is when it was sent',
    examples: ['2026-11-24T02:00:00.000Z'],
  }),
};

/** Names of the extension attributes stand as CloudEvents has them. */
const extensions = {
  correlationid: Type.Optional(text('The scan (its GUID) or command (its id) that it belongs to')),
  causationid: Type.Optional(text('`id` of the event that caused it')),
};

/** The schema of a type's events. Open: what is not named here may come, and must be passed over. */
export function envelopeSchema(type: string, description: string, subject: string, data: TSchema): TObject {
  return named(type, description, {
    ...required,
    type: Type.Literal(type),
    subject: text('The aggregate, and the key of the record in Kafka', [subject]),
    datacontenttype: Type.Literal('application/json'),
    dataschema: Type.Literal(schemaId(type)),
    ...extensions,
    streamversion: Type.Integer({ minimum: 1, description: '1, 2, 3 ... within the life of one actor' }),
    severitytext: Type.Enum(['DEBUG', 'INFO', 'WARN', 'ERROR'], { description: 'How loud it is' }),
    data,
  });
}

/** The schema of events that others may write: only what is needed to understand them. @param more stricter attributes */
export function foreignEnvelopeSchema(type: string, description: string, data: TSchema, more: TProperties): TObject {
  return named(type, description, { ...required, ...more, type: Type.Literal(type), ...extensions, data });
}

/** Also the `dataschema` of the events. */
export function schemaId(type: string): string {
  return `urn:sekisho:schema:${type}`;
}

function named(type: string, description: string, properties: TProperties): TObject {
  return Type.Object(properties, { $id: schemaId(type), title: type, description });
}
