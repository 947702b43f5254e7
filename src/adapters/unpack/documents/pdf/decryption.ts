import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { isDictionary, type PdfDictionary, type PdfValue } from './objects.ts';
import { rc4 } from './rc4.ts';

/** What a user password is filled up with (ISO 32000-1 7.6.3.3). */
const PADDING = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');

/** Decrypts the data of the stream with this number. */
export type PdfDecrypt = (data: Buffer, object: number, generation: number) => Buffer;

/** How streams, embedded files and strings are decrypted; undefined for those that are not encrypted at all. */
export interface PdfDecryption {
  strings: PdfDecrypt | undefined;
  streams: PdfDecrypt | undefined;
  embeddedFiles: PdfDecrypt | undefined;
}

/**
 * Many PDFs are encrypted without a password, only to forbid printing: everybody can open them, and so must a scanner.
 * Undefined when a password is needed, or the method is not one of the standard.
 */
export function openWithoutPassword(encrypt: PdfDictionary, id: Buffer): PdfDecryption | undefined {
  if (encrypt.get('/Filter') !== '/Standard') return undefined;
  const revision = numberOf(encrypt.get('/R'));
  const key = revision >= 5 ? keyOfRevision5(encrypt, revision) : keyOfRevision4(encrypt, id, revision);
  if (key === undefined) return undefined;
  const version = numberOf(encrypt.get('/V'));
  if (version < 4) {
    const decrypt = withObjectKey(key, 'rc4');
    return { strings: decrypt, streams: decrypt, embeddedFiles: decrypt };
  }
  const streams = methodOf(encrypt, encrypt.get('/StmF'));
  const embedded = encrypt.has('/EFF') ? methodOf(encrypt, encrypt.get('/EFF')) : streams;
  return {
    strings: decryptBy(methodOf(encrypt, encrypt.get('/StrF')), key),
    streams: decryptBy(streams, key),
    embeddedFiles: decryptBy(embedded, key),
  };
}

type Method = 'none' | 'rc4' | 'aes' | 'aes256';

function methodOf(encrypt: PdfDictionary, name: PdfValue): Method {
  const filters = encrypt.get('/CF');
  const filter = isDictionary(filters) && typeof name === 'string' ? filters.get(name) : undefined;
  const method = isDictionary(filter) ? filter.get('/CFM') : undefined;
  if (method === '/AESV3') return 'aes256';
  if (method === '/AESV2') return 'aes';
  return method === '/V2' ? 'rc4' : 'none';
}

function decryptBy(method: Method, key: Buffer): PdfDecrypt | undefined {
  if (method === 'none') return undefined;
  return method === 'aes256' ? (data) => decryptAes(key, data) : withObjectKey(key, method);
}

/** Each object has a key of its own (7.6.2, algorithm 1). */
function withObjectKey(key: Buffer, method: 'rc4' | 'aes'): PdfDecrypt {
  return (data, object, generation) => {
    const numbers = Buffer.from([object, object >> 8, object >> 16, generation, generation >> 8]);
    const salt = method === 'aes' ? 'sAlT' : '';
    const own = md5(key, numbers, Buffer.from(salt)).subarray(0, Math.min(key.length + 5, 16));
    return method === 'aes' ? decryptAes(own, data) : rc4(own, data);
  };
}

function decryptAes(key: Buffer, data: Buffer): Buffer {
  const blocks = data.subarray(16, 16 + Math.floor((data.length - 16) / 16) * 16);
  if (data.length < 32) return Buffer.alloc(0);
  const decipher = createDecipheriv(key.length === 32 ? 'aes-256-cbc' : 'aes-128-cbc', key, data.subarray(0, 16));
  decipher.setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(blocks), decipher.final()]);
  const padding = plain.at(-1) ?? 0;
  return padding >= 1 && padding <= 16 ? plain.subarray(0, plain.length - padding) : plain;
}

/** Algorithms 2, 4 and 5: the key of the empty password, if it is the user password. */
function keyOfRevision4(encrypt: PdfDictionary, id: Buffer, revision: number): Buffer | undefined {
  const owner = bytesOf(encrypt.get('/O')).subarray(0, 32);
  const user = bytesOf(encrypt.get('/U'));
  const permissions = Buffer.alloc(4);
  permissions.writeInt32LE(numberOf(encrypt.get('/P')) | 0);
  const length =
    revision === 2 ? 5 : Math.min(Math.max(Math.floor((numberOf(encrypt.get('/Length')) || 40) / 8), 5), 16);
  // Version 4 says the length of the key in its crypt filter, and it is 128 bits.
  const keyBytes = numberOf(encrypt.get('/V')) >= 4 ? 16 : length;
  const bare = revision >= 4 && encrypt.get('/EncryptMetadata') === false ? Buffer.alloc(4, 255) : Buffer.alloc(0);
  let key = md5(PADDING, owner, permissions, id, bare).subarray(0, keyBytes);
  if (revision < 3) return rc4(key, PADDING).equals(user.subarray(0, 32)) ? key : undefined;
  for (let i = 0; i < 50; i += 1) key = md5(key).subarray(0, keyBytes);
  let check = md5(PADDING, id);
  for (let i = 0; i < 20; i += 1) check = rc4(Buffer.from(key.map((byte) => byte ^ i)), check);
  return check.subarray(0, 16).equals(user.subarray(0, 16)) ? key : undefined;
}

/** ISO 32000-2, algorithm 2.A: the user entry holds digest, salt of the password and salt of the key. */
function keyOfRevision5(encrypt: PdfDictionary, revision: number): Buffer | undefined {
  const user = bytesOf(encrypt.get('/U'));
  const wrapped = bytesOf(encrypt.get('/UE')).subarray(0, 32);
  if (user.length < 48 || wrapped.length < 32) return undefined;
  const digest = (salt: Buffer) => (revision === 5 ? sha(256, salt) : hardened(salt));
  if (!digest(user.subarray(32, 40)).equals(user.subarray(0, 32))) return undefined;
  const decipher = createDecipheriv('aes-256-cbc', digest(user.subarray(40, 48)), Buffer.alloc(16));
  decipher.setAutoPadding(false);
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

/** Algorithm 2.B for the empty password. */
function hardened(salt: Buffer): Buffer {
  let key = sha(256, salt);
  for (let round = 0; ; round += 1) {
    const repeated = Buffer.concat(Array.from({ length: 64 }, () => key));
    const cipher = createCipheriv('aes-128-cbc', key.subarray(0, 16), key.subarray(16, 32));
    cipher.setAutoPadding(false);
    const encrypted = Buffer.concat([cipher.update(repeated), cipher.final()]);
    const rest = encrypted.subarray(0, 16).reduce((sum, byte) => sum + byte, 0) % 3;
    key = sha(rest === 0 ? 256 : rest === 1 ? 384 : 512, encrypted);
    if (round >= 63 && (encrypted.at(-1) ?? 0) <= round - 31) return key.subarray(0, 32);
  }
}

function md5(...pieces: readonly Buffer[]): Buffer {
  return createHash('md5').update(Buffer.concat(pieces)).digest();
}

function sha(bits: 256 | 384 | 512, bytes: Buffer): Buffer {
  return createHash(`sha${bits}`).update(bytes).digest();
}

function numberOf(value: PdfValue): number {
  return typeof value === 'number' ? value : 0;
}

function bytesOf(value: PdfValue): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}
