import { timingSafeEqual } from 'node:crypto';
import { digestOf, type SecretLine, secretLines } from '../../http/hashed-secrets.ts';
import { rereadFile } from '../../http/reread-file.ts';
import type { Allowance } from '../../http/token-buckets.ts';

/** A client that shows a key. */
export interface KeyHolder {
  name: string;
  /** In place of what all clients are allowed. */
  allowance: Allowance | undefined;
}

/** The keys of clients, as their file has them now. */
export interface ClientKeys {
  /** Whose key it is; undefined when it is nobody's. */
  holderOf(key: string): KeyHolder | undefined;
}

/** The file of keys cannot be used; the message names file and line, never what stands there. */
export class ClientKeysUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClientKeysUnusable';
  }
}

interface Entry extends KeyHolder {
  digest: Buffer;
}

/** How often the file is looked at, ms: a key that is taken out is refused from then on. */
const checkMs = 1000;
/** Longer keys are not looked at. */
const keyCharactersMax = 256;

/**
 * Reads the file, and again when it has changed. When it cannot be read later, the keys stay as they were and
 * `onProblem` is told.
 * @throws `ClientKeysUnusable` when it cannot be read now
 */
export function openClientKeys(file: string, onProblem: (problem: string) => void, nowMs = Date.now): ClientKeys {
  const current = rereadFile({
    ...{ file, read: readClientKeys, checkMs, nowMs },
    onProblem: (problem) => onProblem(`${problem}; the keys stay as they were`),
  });
  return {
    holderOf(key) {
      if (key.length > keyCharactersMax) return undefined;
      const digest = digestOf(key);
      const found = current().get(digest.toString('hex'));
      // What a search among digests may tell by its time says nothing of a key; the comparison that counts tells nothing.
      return found !== undefined && timingSafeEqual(found.digest, digest) ? found : undefined;
    },
  };
}

/**
 * A file of keys: `NAME SHA256 [hashes-per-second=N] [burst=N]` a line, the SHA-256 of the key in hexadecimal; `#` begins a
 * comment. @throws `ClientKeysUnusable`
 */
export function readClientKeys(file: string): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  const names = new Set<string>();
  for (const { text, where } of readLines(file)) {
    const entry = entryOf(text);
    const hex = entry?.digest.toString('hex') ?? '';
    if (entry === undefined || names.has(entry.name) || entries.has(hex)) {
      const wrong = entry === undefined ? `must be ${form}` : 'names a client or a key twice';
      throw new ClientKeysUnusable(`${where}: ${wrong}`);
    }
    names.add(entry.name);
    entries.set(hex, entry);
  }
  return entries;
}

const form = '`NAME SHA256-OF-THE-KEY [hashes-per-second=1..1000000000] [burst=1..1000000000]`';
const lineForm =
  /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})\s+([0-9a-f]{64})(?:\s+hashes-per-second=([1-9]\d{0,8}|1000000000))?(?:\s+burst=([1-9]\d{0,8}|1000000000))?$/;

function entryOf(line: string): Entry | undefined {
  const [, name, hex, perSecond, burst] = lineForm.exec(line) ?? [];
  if (name === undefined || hex === undefined || (burst !== undefined && perSecond === undefined)) return undefined;
  const allowance =
    perSecond === undefined ? undefined : { perSecond: Number(perSecond), burst: Number(burst ?? perSecond) };
  return { name, digest: Buffer.from(hex, 'hex'), allowance };
}

function readLines(file: string): SecretLine[] {
  try {
    return secretLines(file);
  } catch (error) {
    throw new ClientKeysUnusable(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
