import { formatSignatureLine } from './signature-line.ts';
import { newestImport, openStore, type Piece, pieces, sha256Bytes } from './store.ts';

/** A SHA-256 that the smart scan pattern holds. */
export interface SmartEntry {
  /** 32 bytes; stays valid. */
  hash: Buffer;
  /** Of the malware. */
  name: string;
  /** Name of the source whose word counts. */
  source: string;
}

/** A pattern that gateways hold themselves. */
export type LocalPattern = 'agent' | 'conventional';

/**
 * The store at one moment: whatever is imported or overridden meanwhile, every reading sees the same. For each hash the word of one
 * source counts, the one of highest priority; what is expired, allowed or overridden is left out.
 */
export interface Snapshot {
  /** Number of the newest change in it; rises with every change that products could show. */
  change: number;
  /** From this moment on a snapshot has less in it, as entries expire: products are to be built anew. Milliseconds since 1970. */
  validUntilMs: number;
  /** SHA-256 of all sources together: at least as many as `smart` gives. */
  smartMax: number;
  /** What goes into smart scan pattern and filter, by rising hash, each once. */
  smart(): Iterable<SmartEntry>;
  /** Lines of a pattern file by rising hash, each with its line end: `hdb` has the MD5, `hsb` the longer ones. */
  lines(pattern: LocalPattern, ending: 'hdb' | 'hsb'): Iterable<string>;
  /** Samples and rules of a local pattern, by name. Rules with empty content are to be left out. */
  pieces(kind: Piece['kind'], pattern: LocalPattern): Piece[];
  close(): void;
}

/** Takes a snapshot of the store in an SPS folder. Throws `StoreUnusable`. */
export function openSnapshot(folder: string, _nowMs: number): Snapshot {
  const store = openStore(folder, () => []);
  const { database } = store;
  database.exec('BEGIN');
  const isMember = (pattern: LocalPattern) => (pattern === 'agent' ? 'agent IS NOT NULL' : 'true');
  return {
    change: newestImport(database),
    validUntilMs: Number.POSITIVE_INFINITY,
    smartMax: Number(database.prepare('SELECT total(smart) AS count FROM imports').get()?.count),
    *smart() {
      const rows = database.prepare(
        `SELECT hash, name FROM signatures WHERE length(hash) = ${sha256Bytes} ORDER BY hash`,
      );
      for (const { hash, name } of rows.iterate())
        yield { hash: Buffer.from(hash as Uint8Array), name: String(name), source: 'imported' };
    },
    *lines(pattern, ending) {
      const isHash = ending === 'hdb' ? 'length(hash) = 16' : 'length(hash) > 16';
      const rows = database.prepare(`SELECT hash, size, name FROM signatures WHERE ${isMember(pattern)} AND ${isHash}`);
      for (const { hash, size, name } of rows.iterate()) {
        const signature = { hash: Buffer.from(hash as Uint8Array), name: String(name) };
        yield formatSignatureLine(size === null ? signature : { ...signature, size: Number(size) });
      }
    },
    pieces: (kind, pattern) => pieces(database, kind, pattern),
    close: () => store.close(),
  };
}
