import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { readJson } from '../../events/json.ts';
import { BackupRefused } from './refused.ts';

/** Version of the form of backups. */
export const backupFormat = 1;

/** The first file of a backup. */
export const manifestName = 'manifest.json';

/** A manifest lists each file: a million messages in quarantine take some 200 MB. */
const manifestBytesMax = 512 * 1024 * 1024;

const ManifestSchema = Type.Object({
  format: Type.Integer({ minimum: 1 }),
  /** Of the program that made it. */
  program: Type.Literal('sekisho'),
  version: Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+' }),
  /** RFC 3339 UTC. */
  made: Type.String(),
  gateway: Type.String(),
  /** Sequence of the newest event of the journal. */
  head: Type.Integer({ minimum: 0 }),
  /** Names of what is in it, each a folder or file at the top. */
  parts: Type.Array(Type.String()),
  files: Type.Array(
    Type.Object({
      path: Type.String({ minLength: 1 }),
      bytes: Type.Integer({ minimum: 0 }),
      sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    }),
  ),
});
const manifest = Compile(ManifestSchema);

/** What a backup says of itself. */
export type Manifest = Static<typeof ManifestSchema>;

/** A file with its size and hash, as the manifest lists it. @param path in the folder */
export async function listed(folder: string, path: string): Promise<Manifest['files'][number]> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(join(folder, path)) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

/** @throws {BackupRefused} when there is none, it cannot be understood, or a newer program made it */
export async function readManifest(folder: string, version: string): Promise<Manifest> {
  const found = readJson(await manifestText(join(folder, manifestName)));
  const { format, version: madeBy } = (found ?? {}) as { format?: unknown; version?: unknown };
  if (typeof format === 'number' && typeof madeBy === 'string' && (format > backupFormat || isNewer(madeBy, version)))
    throw new BackupRefused(`it was made by Sekisho ${madeBy}, which is newer than this one (${version})`);
  if (!manifest.Check(found)) throw new BackupRefused(`its ${manifestName} is damaged`);
  return found;
}

async function manifestText(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new BackupRefused(`it has no ${manifestName}: this is no backup of Sekisho`);
  if (found.size > manifestBytesMax)
    throw new BackupRefused(`its ${manifestName} is larger than ${manifestBytesMax} bytes`);
  return readFile(file, 'utf8');
}

/** By the three numbers: a version before its release is as new as the release. */
function isNewer(version: string, known: string): boolean {
  const [a, b] = [numbers(version), numbers(known)];
  const differing = a.findIndex((number, index) => number !== b[index]);
  return differing >= 0 && (a[differing] ?? 0) > (b[differing] ?? 0);
}

const numbers = (version: string) => version.split(/[.+-]/, 3).map(Number);
