const nul = 0;
const lf = 10;
const cr = 13;
const dot = 46;

/** Where in a line the next byte stands, as the strictest and the most lenient server would see it. */
type Place =
  | 'middle'
  /** After CRLF, or at the start: a dot here is stuffed. */
  | 'start'
  /** After CR. */
  | 'cr'
  /** After a bare LF (or a NUL that some servers drop): a line starts here for a lenient server only. */
  | 'loose'
  /** After a dot at a `loose` or `cr` place: a line end now would end DATA early at a lenient server. */
  | 'loose-dot';

/** Content made ready for DATA. */
export interface FramedData {
  /** What to write after the 354, the final dot included; unchanged chunks are the original ones. */
  wire: readonly Uint8Array[];
}

/** The content holds a lone dot on a line that only a lenient server sees (SMTP smuggling). */
export interface SmuggledData {
  smuggled: true;
}

/** What to do with a lone dot that only a lenient server sees: `keep` is for a server that is known to be strict. */
export type LooseDots = 'refuse' | 'keep';

function after(place: Place, byte: number): Place {
  if (byte === cr || byte === lf) {
    if (byte === cr) return 'cr';
    return place === 'cr' ? 'start' : 'loose';
  }
  if (byte === nul) return place === 'middle' || place === 'loose-dot' ? place : 'loose';
  return byte === dot && (place === 'cr' || place === 'loose') ? 'loose-dot' : 'middle';
}

/** Dots packed closer than one in so many bytes are cheaper to find byte by byte. */
const bytesPerDotMin = 64;

/**
 * Where dots follow CRLF, by native search; undefined where only reading every byte tells what a dot is: after bare
 * CR or LF, near NUL, or packed closely.
 */
function findDots(chunk: Buffer, place: Place): number[] | undefined {
  if (place === 'loose-dot' || (chunk[0] === dot && place !== 'start' && place !== 'middle')) return undefined;
  if (chunk.includes('\r.') || chunk.includes(nul)) return undefined;
  const dots = place === 'start' && chunk[0] === dot ? [0] : [];
  for (let at = chunk.indexOf('\n.'); at !== -1; at = chunk.indexOf('\n.', at + 2)) {
    if (at === 0 || chunk[at - 1] !== cr || dots.length > chunk.length / bytesPerDotMin) return undefined;
    dots.push(at + 1);
  }
  return dots;
}

function doubleDots(chunk: Buffer, dots: readonly number[]): Buffer {
  if (dots.length === 0) return chunk;
  const bytes = Buffer.allocUnsafe(chunk.length + dots.length);
  let length = 0;
  let start = 0;
  for (const at of dots) {
    length += chunk.copy(bytes, length, start, at);
    bytes[length++] = dot;
    start = at;
  }
  chunk.copy(bytes, length, start);
  return bytes;
}

/** After a chunk in which `findDots` knew every dot. */
function placeAfterFound(chunk: Buffer, place: Place): Place {
  const last = chunk[chunk.length - 1];
  if (last === cr) return 'cr';
  if (last !== lf) return 'middle';
  const before = chunk.length > 1 ? chunk[chunk.length - 2] === cr : place === 'cr';
  return before ? 'start' : 'loose';
}

/** Byte by byte; the room is the worst case, so that nothing is allocated for each dot. */
function stuffEachByte(
  chunk: Buffer,
  placeBefore: Place,
  looseDots: LooseDots,
): { bytes: Buffer; place: Place } | undefined {
  let place = placeBefore;
  const bytes = Buffer.allocUnsafe(chunk.length + Math.ceil(chunk.length / 3) + 1);
  let length = 0;
  for (let index = 0; index < chunk.length; index++) {
    const byte = chunk[index] as number;
    if (byte === dot && place === 'start') bytes[length++] = dot;
    bytes[length++] = byte;
    if (place === 'loose-dot' && (byte === cr || byte === lf) && looseDots === 'refuse') return undefined;
    place = after(place, byte);
  }
  return { bytes: length === chunk.length ? chunk : bytes.subarray(0, length), place };
}

const endOfLine = Buffer.from('.\r\n');
const endOfOpenLine = Buffer.from('\r\n.\r\n');

/**
 * Stuffs dots (RFC 5321 4.5.2) and adds the final dot, after a CRLF if the content ends without one.
 *
 * A content is refused when a server that takes bare LF or bare CR for a line end (or drops NUL) could read a lone dot
 * in it as the end of DATA, and what follows as commands: whether stuffing there would be undone depends on the server, so there is
 * no change that is right for all of them.
 */
export function frameData(content: readonly Uint8Array[], looseDots: LooseDots = 'refuse'): FramedData | SmuggledData {
  const wire: Uint8Array[] = [];
  let place: Place = 'start';
  for (const part of content) {
    if (part.length === 0) continue;
    const chunk = Buffer.from(part.buffer, part.byteOffset, part.length);
    const dots = findDots(chunk, place);
    if (dots) {
      wire.push(doubleDots(chunk, dots));
      place = placeAfterFound(chunk, place);
      continue;
    }
    const stuffed = stuffEachByte(chunk, place, looseDots);
    if (!stuffed) return { smuggled: true };
    wire.push(stuffed.bytes);
    place = stuffed.place;
  }
  if (place === 'loose-dot' && looseDots === 'refuse') return { smuggled: true };
  wire.push(place === 'start' ? endOfLine : endOfOpenLine);
  return { wire };
}
