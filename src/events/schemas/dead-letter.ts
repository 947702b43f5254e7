import Type from 'typebox';
import { schemaId } from './envelope.ts';

export const putAsideType = 'sekisho.dead-letter.put-aside.v1';

/** What the relay puts there instead of an event that its topic does not take: what it was, not its content. */
export const PutAsideSchema = Type.Object(
  {
    sequence: Type.Integer({ minimum: 1, description: 'Where it stands in the journal' }),
    reason: Type.Enum(['over-large', 'unreadable']),
    id: Type.String({ description: '`id` of the event; empty when it could not be read' }),
    eventType: Type.String({ description: 'Its `type`' }),
    aggregate: Type.String({ description: 'Its `subject`' }),
    bytes: Type.Integer({ minimum: 0 }),
  },
  {
    $id: schemaId(putAsideType),
    title: putAsideType,
    description: 'An event that its topic does not take. It stands in the journal.',
  },
);
