import { closeSync, openSync, readSync } from 'node:fs';
import { BadLine } from './signature-line.ts';

/** A value of a JSON file that holds no others, and the end of an object. */
export type JsonEvent =
  /** @param depth how many objects and lists it is in; `key` is undefined in a list */
  | {
      kind: 'value';
      depth: number;
      key: string | undefined;
      list: string | undefined;
      value: string | number | boolean | null;
    }
  /** An object, or a list, has begun or ended; `depth` is that of what is in it. */
  | { kind: 'begin' | 'end'; depth: number };

/** Longest text, bytes: of a longer one nothing is told. */
const textBytesMax = 64 * 1024;
const depthMax = 64;
const chunkBytes = 256 * 1024;

const [quote, backslash] = [0x22, 0x5c];

/** Where the reader is. */
interface Place {
  /** Whether it is a list, and under which key it stands. */
  isList: boolean;
  name: string | undefined;
  /** Of the next value. */
  key: string | undefined;
}

/**
 * Reads a JSON file as a stream: memory stays flat whatever its size. That it is well-formed is checked as far as that is needed to read it.
 * Throws `BadLine` where it is not JSON, what the file system throws.
 */
export function* readJson(path: string, onRead: (bytes: number) => void): Generator<JsonEvent> {
  const descriptor = openSync(path, 'r');
  try {
    yield* events(tokens(descriptor, onRead));
  } finally {
    closeSync(descriptor);
  }
}

function* events(all: Iterable<Token>): Generator<JsonEvent> {
  const places: Place[] = [];
  let pending: string | undefined;
  for (const token of all) {
    const place = places.at(-1);
    if (token.kind === 'text' && place && !place.isList && place.key === undefined && pending === undefined) {
      pending = token.value ?? '';
      continue;
    }
    if (token.kind === 'mark' && token.mark === ':') {
      if (place === undefined || pending === undefined) throw new BadLine('no JSON: a colon without a key');
      place.key = pending;
      pending = undefined;
    } else if (token.kind === 'mark' && token.mark === ',') {
      if (place) place.key = undefined;
    } else if (token.kind === 'mark' && (token.mark === '{' || token.mark === '[')) {
      if (places.length === depthMax) throw new BadLine(`deeper than ${depthMax}`);
      places.push({ isList: token.mark === '[', name: place?.isList ? place.name : place?.key, key: undefined });
      yield { kind: 'begin', depth: places.length };
    } else if (token.kind === 'mark') {
      if (place?.isList !== (token.mark === ']')) throw new BadLine(`no JSON: ${token.mark} without a beginning`);
      yield { kind: 'end', depth: places.length };
      places.pop();
    } else if (token.value !== undefined) {
      const [key, list] = [place?.key, place?.isList ? place.name : undefined];
      yield { kind: 'value', depth: places.length, key, list, value: token.value };
    }
  }
  if (places.length > 0) throw new BadLine('the file is cut short');
}

type Token =
  | { kind: 'mark'; mark: string }
  /** Without a value when it was too long. */
  | { kind: 'text'; value: string | undefined }
  | { kind: 'word'; value: number | boolean | null };

function* tokens(descriptor: number, onRead: (bytes: number) => void): Generator<Token> {
  let bytes = Buffer.alloc(0);
  let [at, read, hasEnded] = [0, 0, false];
  /** Reads on; what is before `at` is forgotten. */
  const more = () => {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    const length = readSync(descriptor, chunk);
    hasEnded = length === 0;
    read += length;
    bytes = Buffer.concat([bytes.subarray(at), chunk.subarray(0, length)]);
    at = 0;
    onRead(read);
    return !hasEnded;
  };
  for (;;) {
    if (at === bytes.length && !more()) return;
    const byte = bytes[at] ?? 0;
    if (byte === quote) {
      at++;
      yield { kind: 'text', value: text() };
    } else if (marks.includes(byte)) {
      at++;
      yield { kind: 'mark', mark: String.fromCharCode(byte) };
    } else if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xef || byte === 0xbb || byte === 0xbf) at++;
    else yield { kind: 'word', value: word() };
  }

  /** From behind the quote to behind the next one. */
  function text(): string | undefined {
    let isTooLong = false;
    let [end, hasEscapes] = [at, false];
    for (;;) {
      if (end >= bytes.length) {
        // Of a text that is too long nothing is kept.
        if (end - at > textBytesMax) [isTooLong, at] = [true, Math.min(end, bytes.length)];
        const done = end - at;
        if (!more()) throw new BadLine('the file is cut short');
        end = done;
      }
      const byte = bytes[end];
      if (byte === quote) break;
      if (byte === backslash) hasEscapes = true;
      end += byte === backslash ? 2 : 1;
    }
    const found = bytes.subarray(at, end);
    at = end + 1;
    if (isTooLong || found.length > textBytesMax) return undefined;
    return hasEscapes ? unescaped(found) : found.toString('utf8');
  }

  function word(): number | boolean | null {
    let end = at;
    for (;;) {
      if (end === bytes.length) {
        const done = end - at;
        if (done > 100) throw new BadLine('no JSON');
        const isMore = more();
        end = done;
        if (!isMore) break;
      }
      if (!isOfWord(bytes[end] ?? 0)) break;
      end++;
    }
    const found = bytes.toString('latin1', at, end);
    at = end;
    if (found === 'true' || found === 'false') return found === 'true';
    if (found === 'null') return null;
    if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(found)) throw new BadLine('no JSON');
    return Number(found);
  }
}

const marks = Buffer.from('{}[]:,');

function isOfWord(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte | 0x20) === 0x65 ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}

function unescaped(bytes: Buffer): string {
  try {
    return JSON.parse(`"${bytes.toString('utf8')}"`) as string;
  } catch {
    throw new BadLine('no JSON: a wrong escape');
  }
}
