import type { Entry } from '../found.ts';

const BEGIN = /^\s*BEGIN:V(?:CALENDAR|CARD)\b/i;
const HEAD_BYTES = 100;
/** A file within; without one there is nothing to find. */
const ENCODED = /[;:](?:ENCODING=B|data:)/i;
const FOLD = /\r?\n[ \t]/g;

/** An iCalendar (RFC 5545) or a vCard (RFC 6350). */
export function isCalendar(bytes: Buffer): boolean {
  return BEGIN.test(bytes.toString('latin1', 0, HEAD_BYTES));
}

/** Its text with the lines unfolded, when there are files within (ATTACH, PHOTO): lines may be folded after any few characters. */
export function* readCalendar(bytes: Buffer): Generator<Entry> {
  const text = bytes.toString('latin1');
  const unfolded = text.replace(FOLD, '');
  if (unfolded.length === text.length || !ENCODED.test(unfolded)) return;
  yield { name: 'unfolded', content: Buffer.from(unfolded, 'latin1'), encoded: 'block' };
}
