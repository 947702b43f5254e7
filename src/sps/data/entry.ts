/** What an algorithm's hashes are long, bytes. */
export const hashBytes = { md5: 16, sha1: 20, sha256: 32 } as const;
/** What a hash was made with; its length says it. */
export type Algorithm = keyof typeof hashBytes;
/** All, from the shortest. */
export const algorithms = ['md5', 'sha1', 'sha256'] as const;

/** Longest name of malware, characters; and bytes, as up to four make a character. */
export const nameLengthMax = 256;

/** What a source says of one hash. */
export interface Entry {
  /** MD5, SHA-1 or SHA-256. */
  hash: Buffer;
  /** Of the malware; empty: the source gives none. */
  name: string;
  /** Of the file, bytes, if the source says it. */
  size?: number;
  /** Also in the agent pattern. */
  agent: boolean;
  /** It is known good: no malware, whatever sources of lower priority say. */
  allow: boolean;
  /** When the source first said it, and when it last did; seconds since 1970. */
  since: number;
  seen: number;
}

const agentFlag = 1;
const allowFlag = 2;
const sizeFlag = 4;
/** Behind the hash: flags, since, seen, length of the name. */
const fixedBytes = 11;
const sizeBytes = 6;

/** Longest record, bytes. */
export const recordBytesMax = hashBytes.sha256 + fixedBytes + sizeBytes + 4 * nameLengthMax;

export function algorithmOf(hash: Buffer): Algorithm {
  const found = algorithms.find((algorithm) => hashBytes[algorithm] === hash.length);
  if (found === undefined) throw new RangeError(`no hash has ${hash.length} bytes`);
  return found;
}

/**
 * An entry as bytes, as it is sorted, merged and kept: hash, flags (1 agent, 2 allowed, 4 has a size), first and last seen
 * (32 bits each), length of the name (16 bits), size (48 bits) if it has one, name in UTF-8. Numbers are big-endian.
 */
export function encodeEntry({ hash, name, size, agent, allow, since, seen }: Entry): Buffer {
  const nameBytes = Buffer.byteLength(name);
  const record = Buffer.allocUnsafe(hash.length + fixedBytes + (size === undefined ? 0 : sizeBytes) + nameBytes);
  hash.copy(record);
  let at = hash.length;
  record[at] = (agent ? agentFlag : 0) | (allow ? allowFlag : 0) | (size === undefined ? 0 : sizeFlag);
  record.writeUInt32BE(since, at + 1);
  record.writeUInt32BE(seen, at + 5);
  record.writeUInt16BE(nameBytes, at + 9);
  at += fixedBytes;
  if (size !== undefined) {
    record.writeUIntBE(size, at, sizeBytes);
    at += sizeBytes;
  }
  record.write(name, at);
  return record;
}

/** The entry of a record; its hash is a part of it. */
export function decodeEntry(record: Buffer, hashLength: number): Entry {
  const flags = record[hashLength] ?? 0;
  const start = hashLength + fixedBytes;
  const hasSize = (flags & sizeFlag) !== 0;
  return {
    hash: record.subarray(0, hashLength),
    name: record.toString('utf8', hasSize ? start + sizeBytes : start),
    ...(hasSize && { size: record.readUIntBE(start, sizeBytes) }),
    agent: (flags & agentFlag) !== 0,
    allow: (flags & allowFlag) !== 0,
    since: record.readUInt32BE(hashLength + 1),
    seen: record.readUInt32BE(hashLength + 5),
  };
}

/** Length of the record that begins at `offset`, bytes. */
export function recordLength(bytes: Buffer, offset: number, hashLength: number): number {
  const at = offset + hashLength;
  const size = ((bytes[at] ?? 0) & sizeFlag) === 0 ? 0 : sizeBytes;
  return hashLength + fixedBytes + size + bytes.readUInt16BE(at + 9);
}

/** When the source last said it, seconds since 1970. */
export function seenOf(record: Buffer, hashLength: number): number {
  return record.readUInt32BE(hashLength + 5);
}

/** Whether it is in the agent pattern. */
export function isInAgent(record: Buffer, hashLength: number): boolean {
  return ((record[hashLength] ?? 0) & agentFlag) !== 0;
}

/** The name that answers and patterns give it. */
export function shownName({ name, hash }: Pick<Entry, 'name' | 'hash'>): string {
  return name === '' ? `Imported.${hash.toString('hex', 0, 8)}` : name;
}
