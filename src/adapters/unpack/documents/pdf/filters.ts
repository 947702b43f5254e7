import zlib from 'node:zlib';
import { decompress } from '../../decompress.ts';
import type { Access } from '../../format.ts';
import type { Entry, Room } from '../../found.ts';
import { isArray, isDictionary, type PdfDictionary, type PdfValue } from './objects.ts';
import { undoPredictor } from './predictor.ts';
import { decodeAscii85, decodeAsciiHex, decodeLzw, decodeRunLength } from './simple-filters.ts';

const FILTERS_MAX = 16;

/** A filter with its parameters. */
interface Filter {
  name: string;
  parameters: PdfDictionary;
}

/** Long and short names (ISO 32000-1 7.4, 8.9.7) of what is undone; images are left as they are. */
const NAMES: Readonly<Record<string, 'flate' | 'lzw' | 'ascii85' | 'hex' | 'run' | 'nothing'>> = {
  '/FlateDecode': 'flate',
  '/Fl': 'flate',
  '/LZWDecode': 'lzw',
  '/LZW': 'lzw',
  '/ASCII85Decode': 'ascii85',
  '/A85': 'ascii85',
  '/ASCIIHexDecode': 'hex',
  '/AHx': 'hex',
  '/RunLengthDecode': 'run',
  '/RL': 'run',
  '/Crypt': 'nothing',
};

/** The filters of a stream in the order in which they are undone. */
export function filtersOf(dictionary: PdfDictionary, resolve: (value: PdfValue) => PdfValue): Filter[] {
  const names = resolve(dictionary.get('/Filter') ?? dictionary.get('/F'));
  const given = resolve(dictionary.get('/DecodeParms') ?? dictionary.get('/DP'));
  const list = isArray(names) ? names : [names];
  const parameters = isArray(given) ? given : [given];
  return list.slice(0, FILTERS_MAX).flatMap((each, index) => {
    const name = resolve(each);
    const found = resolve(parameters[index]);
    const dictionary = isDictionary(found) ? found : new Map<string, PdfValue>();
    return typeof name === 'string' ? [{ name, parameters: dictionary }] : [];
  });
}

/** Undoes filters one after the other, up to the first that is for images or unknown. */
export async function undoFilters(
  data: Buffer,
  filters: readonly Filter[],
  access: Access,
): Promise<Pick<Entry, 'content' | 'problem'>> {
  let content = data;
  let problem: Entry['problem'];
  for (const { name, parameters } of filters) {
    const kind = NAMES[name];
    if (kind === undefined) break;
    if (kind === 'nothing') continue;
    const undone = await undo(kind, content, parameters, access.room(content.length));
    problem ??= undone.problem;
    if (undone.content === undefined) return { problem: undone.problem ?? 'damaged' };
    content = undone.content;
  }
  return problem ? { content, problem } : { content };
}

async function undo(
  kind: 'flate' | 'lzw' | 'ascii85' | 'hex' | 'run',
  data: Buffer,
  parameters: PdfDictionary,
  room: Room,
): Promise<Pick<Entry, 'content' | 'problem'>> {
  if (kind === 'hex') return { content: decodeAsciiHex(data) };
  if (kind === 'ascii85') return { content: decodeAscii85(data) };
  if (kind === 'run') return bounded(decodeRunLength(data, room.bytesMax + 1), room);
  const unpacked =
    kind === 'flate'
      ? await inflate(data, room)
      : bounded(decodeLzw(data, room.bytesMax + 1, parameters.get('/EarlyChange') !== 0), room);
  if (unpacked.content === undefined) return unpacked;
  return { ...unpacked, content: undoPredictor(unpacked.content, parameters) };
}

function bounded(content: Buffer, room: Room): Pick<Entry, 'content' | 'problem'> {
  return content.length > room.bytesMax ? { problem: room.reason } : { content };
}

/** As readers do: without the checksum if it is wrong, without the header if it is missing, and up to the first error. */
async function inflate(packed: Buffer, room: Room): Promise<Pick<Entry, 'content' | 'problem'>> {
  const whole = await decompress('zlib', packed, room, packed.length * 4);
  if (whole.problem !== 'damaged') return whole;
  // A line end too many before the data is usual.
  const start = packed.findIndex((byte) => byte !== 10 && byte !== 13);
  if (start < 0) return whole;
  const hasHeader =
    (packed[start] ?? 0) % 16 === 8 && packed.length > start + 2 && packed.readUInt16BE(start) % 31 === 0;
  const bare = packed.subarray(hasHeader ? start + 2 : start);
  const raw = await decompress('deflate', bare, room, packed.length * 4);
  if (raw.problem !== 'damaged') return raw;
  const content = await inflatePartly(bare, room.bytesMax);
  return content.length > 0 ? { content, problem: 'damaged' } : { problem: 'damaged' };
}

/** What comes out before the first error. */
function inflatePartly(packed: Buffer, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const stream = zlib.createInflateRaw({ finishFlush: zlib.constants.Z_SYNC_FLUSH });
    const pieces: Buffer[] = [];
    let length = 0;
    const finish = () => resolve(Buffer.concat(pieces).subarray(0, bytesMax));
    stream.on('data', (piece: Buffer) => {
      pieces.push(piece);
      length += piece.length;
      if (length >= bytesMax) stream.destroy();
    });
    stream.on('error', finish);
    stream.on('close', finish);
    stream.end(packed);
  });
}
