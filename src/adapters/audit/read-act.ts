import { Compile } from 'typebox/compile';
import { type ActNote, actEvent } from '../../events/audit.ts';
import type { Envelope } from '../../events/envelope.ts';
import { readJson } from '../../events/json.ts';
import { ActNoteSchema } from '../../events/schemas/audit.ts';

const actNote = Compile(ActNoteSchema);

/** The event of what somebody left as a note on an act; undefined when it is none. Never throws. */
export function readAct(text: string, source: string): Envelope | undefined {
  const note = readJson(text);
  return actNote.Check(note) ? actEvent(note as ActNote, source) : undefined;
}
