import { hash } from 'node:crypto';
import Type from 'typebox';
import Value from 'typebox/value';

/** A pattern may consist of so many files. */
export const FILES_MAX = 64;

const FileName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,149}$' });
/** Shown in logs and events: one printable line. */
const Label = Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]{1,200}$' });

const Manifest = Type.Object({
  version: Label,
  /** Of the signed package that it came in; what was fetched before 0.5.0 has none. */
  number: Type.Optional(Type.Integer({ minimum: 0 })),
  /** The smart scan pattern that it belongs to. */
  patternId: Type.Optional(Label),
  /** When it was fetched; later confirmations stand in a file of their own. */
  fetchedAtMs: Type.Integer({ minimum: 0 }),
  files: Type.Array(
    Type.Object({
      name: FileName,
      bytes: Type.Integer({ minimum: 0 }),
      sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    }),
    { minItems: 1, maxItems: FILES_MAX },
  ),
});

/** What a version on disk consists of. */
export type Manifest = Type.Static<typeof Manifest>;

/** Throws an `Error` that says which field is wrong. */
export function checkManifest(value: unknown): Manifest {
  const problem = Value.Errors(Manifest, value)[0];
  if (problem) throw new Error(`${problem.instancePath || 'manifest'} ${problem.message}`);
  const manifest = value as Manifest;
  const names = new Set(manifest.files.map((file) => file.name.toLowerCase()));
  if (names.size < manifest.files.length) throw new Error('two files have the same name');
  return manifest;
}

/** Names the version's folder, so that a changed manifest does not pass. */
export function manifestDigest(text: string): string {
  return hash('sha256', text).slice(0, 16);
}
