import { decompress } from '../decompress.ts';
import type { Access } from '../format.ts';
import type { Entry } from '../found.ts';

/** Object identifiers with their tag, as they stand in the file (RFC 5652, RFC 3274, RFC 5083). */
const OID = {
  data: Buffer.from('06092a864886f70d010701', 'hex'),
  signed: Buffer.from('06092a864886f70d010702', 'hex'),
  enveloped: Buffer.from('06092a864886f70d010703', 'hex'),
  encrypted: Buffer.from('06092a864886f70d010706', 'hex'),
  compressed: Buffer.from('060b2a864886f70d0109100109', 'hex'),
  authEnveloped: Buffer.from('060b2a864886f70d0109100117', 'hex'),
};
const SEQUENCE = 0x30;
const CONTENT = 0xa0;
const OCTETS = 0x04;
const OCTETS_IN_PIECES = 0x24;
/** The kind of message stands after at most two lengths. */
const KIND_WITHIN = 16;
/** The content stands after version and digest algorithms. */
const CONTENT_WITHIN = 512;

/** A CMS message in DER or BER: S/MIME whose content is within the signature, p7m, p7s. */
export function isSignedMessage(bytes: Buffer): boolean {
  return bytes[0] === SEQUENCE && kindOf(bytes) !== undefined;
}

/** What is signed or compressed, where it is not outside of the message; what is encrypted is reported. */
export async function* readSignedMessage(bytes: Buffer, { room }: Access): AsyncGenerator<Entry> {
  const kind = kindOf(bytes);
  if (kind === 'enveloped' || kind === 'encrypted' || kind === 'authEnveloped') {
    return yield { name: '', problem: 'encrypted' };
  }
  const type = bytes.subarray(0, CONTENT_WITHIN).indexOf(OID.data);
  const octets = type < 0 ? undefined : contentAfter(bytes, type + OID.data.length);
  if (octets === undefined || octets.length === 0) return;
  if (kind === 'compressed') {
    yield { name: 'compressed', ...(await decompress('zlib', octets, room(octets.length), octets.length * 4)) };
  } else yield { name: 'signed', content: octets };
}

function kindOf(bytes: Buffer): keyof typeof OID | undefined {
  const head = bytes.subarray(0, KIND_WITHIN + OID.authEnveloped.length);
  for (const kind of ['signed', 'enveloped', 'compressed', 'authEnveloped', 'encrypted'] as const) {
    if (head.includes(OID[kind])) return kind;
  }
  return undefined;
}

/** The octets after the type of the content; undefined for a signature of something outside, where certificates follow. */
function contentAfter(bytes: Buffer, at: number): Buffer | undefined {
  if (bytes[at] !== CONTENT) return undefined;
  const outer = header(bytes, at);
  const inner = outer && header(bytes, outer.start);
  if (!inner || (inner.tag !== OCTETS && inner.tag !== OCTETS_IN_PIECES)) return undefined;
  if (inner.tag === OCTETS) return bytes.subarray(inner.start, inner.end);
  const pieces: Buffer[] = [];
  for (let next = header(bytes, inner.start); next?.tag === OCTETS && next.start <= inner.end; ) {
    pieces.push(bytes.subarray(next.start, next.end));
    next = header(bytes, next.end);
  }
  return Buffer.concat(pieces);
}

/** Tag and place of a value (X.690 8.1); one without a length goes on to the end of the file, as far as is known here. */
function header(bytes: Buffer, at: number): { tag: number; start: number; end: number } | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  if (first === 0x80) return { tag, start: at + 2, end: bytes.length };
  const lengthBytes = first & 0x80 ? first & 0x7f : 0;
  const start = at + 2 + lengthBytes;
  if (lengthBytes > 4 || start > bytes.length) return undefined;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  return { tag, start, end: Math.min(start + length, bytes.length) };
}
