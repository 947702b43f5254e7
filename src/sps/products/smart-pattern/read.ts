import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { shownName } from '../../data/entry.ts';
import {
  bucketBytesMax,
  bucketOf,
  decodeFooter,
  digestBytes,
  type Footer,
  footerBytes,
  hashBytes,
  magic,
  recordHeadBytes,
  type SmartEntry,
  SmartPatternInvalid,
  sourcesMax,
} from './format.ts';

/** A pattern of at most so many bytes (some 1.5 million entries) is kept in memory: ten look-ups take a third of the time. */
const usualWholeBytesMax = 64 * 1024 * 1024;

/** An open file. Holds its index (8 bytes for about 16 entries) and reads the rest when asked. */
export interface SmartPattern {
  entries: number;
  /** Of the file, hexadecimal. */
  sha256: string;
  sources: readonly string[];
  /** What is known of a SHA-256, lower-case hexadecimal. One positioned read. */
  find(sha256: string): SmartEntry | undefined;
  /** Everything that begins with these hexadecimal digits, an even number of them and at least 8; sorted. One positioned read. */
  withPrefix(digits: string): SmartEntry[];
  /** Every SHA-256, sorted. */
  hashes(): Generator<string>;
  close(): void;
}

/**
 * Opens a file and reads it through once, for its digest. Throws `SmartPatternInvalid` when it is damaged, or what the system
 * says. What is found later to be no record, by whoever made such a file, throws `SmartPatternInvalid`, too.
 */
export async function openSmartPattern(path: string, wholeBytesMax = usualWholeBytesMax): Promise<SmartPattern> {
  const { footer, sha256, tail } = await verify(path);
  const sources = parseSources(tail.subarray(0, footer.sourcesBytes));
  const starts = startsOf(tail.subarray(footer.sourcesBytes, footer.sourcesBytes + 4 * 2 ** footer.indexBits), footer);
  const file = openSync(path, 'r');
  const whole = footer.recordsBytes <= wholeBytesMax ? readFileSync(file) : undefined;
  const bucketBytes = (bucket: number) => {
    const start = magic.length + (starts[bucket] ?? 0);
    const end = magic.length + (starts[bucket + 1] ?? 0);
    return whole === undefined ? readAt(file, start, end - start) : whole.subarray(start, end);
  };
  return {
    entries: footer.entries,
    sha256,
    sources,
    find(wanted) {
      const hash = Buffer.from(wanted, 'hex');
      if (hash.length !== hashBytes) return undefined;
      const bytes = bucketBytes(bucketOf(hash.readUInt32BE(0), footer.indexBits));
      return beginning(bytes, hash, sources, 1)[0];
    },
    withPrefix(digits) {
      const prefix = Buffer.from(digits, 'hex');
      if (prefix.length < 4 || prefix.length * 2 !== digits.length) throw new RangeError('at least 8 digits');
      const bytes = bucketBytes(bucketOf(prefix.readUInt32BE(0), footer.indexBits));
      return beginning(bytes, prefix, sources, Number.POSITIVE_INFINITY);
    },
    *hashes() {
      for (let bucket = 0; bucket < 2 ** footer.indexBits; bucket++) {
        // Nobody else may read into the buffer as long as this one is gone through.
        yield* hashesOf(Buffer.from(bucketBytes(bucket)));
      }
    },
    close: () => closeSync(file),
  };
}

interface Verified {
  footer: Footer;
  /** Sources, index and the fields at the end. */
  tail: Buffer;
  sha256: string;
}

const readBytes = 1024 * 1024;

async function verify(path: string): Promise<Verified> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    if (size < magic.length + footerBytes) throw new SmartPatternInvalid(`${size} bytes are too few`);
    const last = await readFully(handle, size - footerBytes, footerBytes);
    const footer = decodeFooter(last, size);
    const digest = createHash('sha256');
    const buffer = Buffer.allocUnsafe(readBytes);
    for (let at = 0; at < size - digestBytes; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(readBytes, size - digestBytes - at), at);
      if (bytesRead === 0) throw new SmartPatternInvalid('it became shorter');
      const bytes = buffer.subarray(0, bytesRead);
      if (at === 0 && !bytes.subarray(0, magic.length).equals(magic)) throw new SmartPatternInvalid('not such a file');
      digest.update(bytes);
      at += bytesRead;
    }
    const said = last.subarray(footerBytes - digestBytes);
    if (!digest.copy().digest().equals(said)) throw new SmartPatternInvalid('its SHA-256 differs: it is damaged');
    const start = magic.length + footer.recordsBytes;
    const tail = await readFully(handle, start, size - start);
    return { footer, tail, sha256: digest.update(said).digest('hex') };
  } finally {
    await handle.close();
  }
}

async function readFully(handle: Awaited<ReturnType<typeof open>>, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(buffer, done, length - done, at + done);
    if (bytesRead === 0) throw new SmartPatternInvalid('it became shorter');
    done += bytesRead;
  }
  return buffer;
}

function parseSources(bytes: Buffer): string[] {
  try {
    const sources: unknown = JSON.parse(bytes.toString());
    const isList = Array.isArray(sources) && sources.length <= sourcesMax;
    if (isList && sources.every((source) => typeof source === 'string')) return sources;
  } catch {
    // Said below.
  }
  throw new SmartPatternInvalid('its sources cannot be read');
}

/** Where each bucket begins within the records, and where the last one ends. */
function startsOf(index: Buffer, { indexBits, recordsBytes }: Footer): Float64Array {
  const starts = new Float64Array(2 ** indexBits + 1);
  let sum = 0;
  for (let bucket = 0; bucket < 2 ** indexBits; bucket++) {
    const bytes = index.readUInt32LE(bucket * 4);
    if (bytes > bucketBytesMax) throw new SmartPatternInvalid(`${bytes} bytes of hashes that begin alike`);
    sum += bytes;
    starts[bucket + 1] = sum;
  }
  if (sum !== recordsBytes) throw new SmartPatternInvalid('its index does not fit its records');
  return starts;
}

/** One buffer for every read: what is found is copied out before the next. */
let scratch = Buffer.alloc(0);

function readAt(file: number, at: number, length: number): Buffer {
  if (scratch.length < length) scratch = Buffer.allocUnsafe(Math.max(length, 64 * 1024));
  for (let done = 0; done < length; ) {
    const bytesRead = readSync(file, scratch, done, length - done, at + done);
    if (bytesRead === 0) throw new SmartPatternInvalid('it became shorter');
    done += bytesRead;
  }
  return scratch.subarray(0, length);
}

function* hashesOf(bucket: Buffer): Generator<string> {
  for (let at = 0; at < bucket.length; ) {
    const nameStart = at + recordHeadBytes;
    const end = nameStart + (bucket[nameStart - 1] ?? 0);
    if (end > bucket.length) throw new SmartPatternInvalid('a record that is cut off');
    yield bucket.toString('hex', at, at + hashBytes);
    at = end;
  }
}

/** Records of a bucket that begin with a prefix of four bytes or more, at most `max`. */
function beginning(bucket: Buffer, prefix: Buffer, sources: readonly string[], max: number): SmartEntry[] {
  const found: SmartEntry[] = [];
  // Most records are passed over by their first four bytes: numbers, where every call into the system's comparison costs more.
  const wanted = prefix.readUInt32BE(0);
  for (let at = 0; at < bucket.length && found.length < max; ) {
    const nameStart = at + recordHeadBytes;
    const end = nameStart + (bucket[nameStart - 1] ?? 0);
    if (nameStart > bucket.length || end > bucket.length) throw new SmartPatternInvalid('a record that is cut off');
    const first = bucket.readUInt32BE(at);
    const order = first - wanted || bucket.compare(prefix, 0, prefix.length, at, at + prefix.length);
    if (order > 0) break;
    if (order === 0) found.push(entryAt(bucket, at, end, sources));
    at = end;
  }
  return found;
}

function entryAt(bucket: Buffer, at: number, end: number, sources: readonly string[]): SmartEntry {
  const source = sources[bucket[at + hashBytes] ?? 0];
  if (source === undefined) throw new SmartPatternInvalid('a record of no source');
  const hash = bucket.subarray(at, at + hashBytes);
  const name = shownName({ name: bucket.toString('utf8', at + recordHeadBytes, end), hash });
  return { sha256: hash.toString('hex'), name, source };
}
