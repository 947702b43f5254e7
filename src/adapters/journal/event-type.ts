import { isWanted, type Wanted } from '../../events/wanted.ts';

/** In what order our envelopes are written: so the first `"type"` is that of the envelope, whatever the data hold. */
const start = '{"specversion":"1.0","id":"';
const mark = ',"type":"';

/** The type of an event of ours, from its text: parsing is what reading costs. Undefined for any other text. */
export function eventTypeOf(text: string): string | undefined {
  if (!text.startsWith(start)) return undefined;
  const at = text.indexOf(mark) + mark.length;
  const end = text.indexOf('"', at);
  return at < mark.length || end < 0 ? undefined : text.slice(at, end);
}

/** Whether a reader may want an event, by its text alone: certain for ours; a text of another form is always handed over. */
export function createTextFilter(reader: Wanted): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    const type = eventTypeOf(text);
    if (type === undefined) return true;
    let wanted = known.get(type);
    if (wanted === undefined) {
      wanted = isWanted(reader, { type });
      // Types of ours are constants; a journal with very many others must not fill the memory.
      if (known.size < 1000) known.set(type, wanted);
    }
    return wanted;
  };
}
