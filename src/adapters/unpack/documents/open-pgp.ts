import { boundedName } from '../content-headers.ts';
import { decompress } from '../decompress.ts';
import type { Access } from '../format.ts';
import type { Entry } from '../found.ts';
import { isBinary } from './file-signatures.ts';
import { packetAt, TAG } from './open-pgp-packets.ts';

const ENCRYPTED: readonly number[] = [TAG.sessionKey, TAG.passphrase, TAG.encrypted, TAG.integrity, TAG.aead];
const BEGIN = '-----BEGIN PGP ';
/** Of messages and files; keys and signatures have other lines. */
const ARMOR = /^-----BEGIN PGP (?:MESSAGE|ARMORED FILE)[^\r\n]{0,40}\r?\n(?:[A-Z][A-Za-z]*: [^\r\n]*\r?\n)*\s*/;
const ARMOR_HEAD_BYTES = 2000;
const ARMOR_END = '\n-----END PGP';
const CHECKSUM = /\r?\n=[A-Za-z0-9+/]{4}\s*$/;
const ARMORS_MAX = 100;
const PACKETS_MAX = 100;
const METHODS: Readonly<Record<number, 'deflate' | 'zlib'>> = { 1: 'deflate', 2: 'zlib' };
const BZIP2 = 3;
const LITERAL_KINDS: ReadonlySet<number> = new Set(Buffer.from('btuml1'));
const DATE_BYTES = 4;

/** A message of OpenPGP (RFC 9580), binary or in armor anywhere in text. */
export function isOpenPgp(bytes: Buffer): boolean {
  return beginsMessage(bytes) || (!isBinary(bytes) && bytes.includes(BEGIN, 0, 'latin1'));
}

/** What is in messages that are signed or compressed only; one that is encrypted is reported. */
export async function* readOpenPgp(bytes: Buffer, access: Access): AsyncGenerator<Entry> {
  if (beginsMessage(bytes)) return yield* readPackets(bytes, access);
  let count = 0;
  for (let at = bytes.indexOf(BEGIN, 0, 'latin1'); at >= 0 && count < ARMORS_MAX; count += 1) {
    const end = bytes.indexOf(ARMOR_END, at, 'latin1');
    const to = end < 0 ? bytes.length : end;
    const head = ARMOR.exec(bytes.toString('latin1', at, Math.min(to, at + ARMOR_HEAD_BYTES)))?.[0];
    if (head !== undefined) {
      const armored = bytes.toString('latin1', at + head.length, to).replace(CHECKSUM, '');
      yield* readPackets(Buffer.from(armored, 'base64'), access);
    }
    at = bytes.indexOf(BEGIN, head === undefined ? at + BEGIN.length : to, 'latin1');
  }
}

async function* readPackets(message: Buffer, { room }: Access): AsyncGenerator<Entry> {
  let left = PACKETS_MAX;
  const messages = [message];
  for (let bytes = messages.pop(); bytes; bytes = messages.pop()) {
    for (let packet = packetAt(bytes, 0); packet && left > 0; packet = packetAt(bytes, packet.end), left -= 1) {
      const { tag, body } = packet;
      if (ENCRYPTED.includes(tag)) return yield { name: '', problem: 'encrypted' };
      if (tag === TAG.literal) yield* literal(body);
      if (tag !== TAG.compressed) continue;
      const method = METHODS[body[0] ?? 0];
      const packed = body.subarray(1);
      // Its own magic says what it is.
      if (method === undefined) yield { name: '', content: packed };
      else {
        const { content, problem } = await decompress(method, packed, room(packed.length), packed.length * 4);
        if (problem !== undefined) yield { name: '', problem };
        if (content) messages.push(content);
      }
    }
  }
}

/** Kind, name, date and content. */
function* literal(body: Buffer): Generator<Entry> {
  const nameEnd = 2 + (body[1] ?? 0);
  const content = body.subarray(nameEnd + DATE_BYTES);
  if (content.length > 0) yield { name: boundedName(body.toString('utf8', 2, nameEnd)) ?? '', content };
}

/** Strict, as there is no signature: the first packet is one of a message, its fields are right, and another follows unless it is the last. */
function beginsMessage(bytes: Buffer): boolean {
  const packet = (bytes[0] ?? 0) < 0x80 ? undefined : packetAt(bytes, 0);
  if (!packet || packet.body.length < 4) return false;
  const { tag, body, end } = packet;
  const next = packetAt(bytes, end);
  const [first = 0, second = 0] = body;
  if (tag === TAG.sessionKey) return (first === 3 || first === 6) && next !== undefined && ENCRYPTED.includes(next.tag);
  if (tag === TAG.passphrase) return first >= 4 && first <= 6 && next !== undefined && ENCRYPTED.includes(next.tag);
  if (tag === TAG.integrity) return (first === 1 || first === 2) && end === bytes.length;
  if (tag === TAG.onePass) return (first === 3 || first === 6) && body.length < 80 && next !== undefined;
  if (tag === TAG.literal)
    return LITERAL_KINDS.has(first) && 2 + second + DATE_BYTES <= body.length && end === bytes.length;
  return tag === TAG.compressed && end === bytes.length && compressedMessage(first, second);
}

/** The first byte of deflate says how its first block is packed; zlib and bzip2 have signatures. */
function compressedMessage(method: number, next: number): boolean {
  if (method === BZIP2) return next === 0x42;
  return method === 2 ? next === 0x78 : method === 1 && (next & 6) !== 6;
}
