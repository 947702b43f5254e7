import Type, { type Static } from 'typebox';

/**
 * How components come to those who use them. What a component consists of stands in a manifest, signed as a DSSE envelope
 * (github.com/secure-systems-lab/dsse, Ed25519); its files are named by their SHA-256, so that any web server or cache may
 * serve them: `/v1/components/<component>.json` and `/v1/components/<component>/files/<sha256>`.
 */

/** What is distributed: the smart scan pattern goes to other servers only. */
export const packagedComponents = ['smart', 'filter', 'agent', 'conventional'] as const;
export type PackagedComponent = (typeof packagedComponents)[number];

/** Resource of the components. */
export const componentsPath = '/v1/components';

/** Where the envelope of a component is; of an ending, so that in a folder of files it may stand beside that of the files. */
export function envelopePath(component: PackagedComponent): string {
  return `${componentsPath}/${component}.json`;
}

/** Where a file or a delta of a component is. */
export function packageFilePath(component: PackagedComponent, sha256: string): string {
  return `${componentsPath}/${component}/files/${sha256}`;
}

/** Largest envelope, bytes. */
export const envelopeBytesMax = 256 * 1024;
/** Most files of one component. */
export const packageFilesMax = 64;
/** Most versions that a manifest offers a way up from. */
export const packageDeltasMax = 16;
/** `payloadType` of the envelope. */
export const manifestType = 'application/vnd.sekisho.component+json';

const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256, lower-case hexadecimal' });
const size = Type.Integer({ minimum: 0, maximum: 8 * 1024 ** 3, description: 'Bytes' });
const version = Type.String({ pattern: '^[0-9]{1,15}-[0-9a-f]{12}$', description: '`<number>-<digest of the files>`' });

/** A file by its ending: ClamAV's formats, samples (`.shs`), YARA rules (`.yar`), Bloom filter, sorted hashes (`.smart`). */
export const PackageFile = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\\.(hdb|hsb|fp|sfp|shs|yar|bloom|smart)$' }),
    size,
    sha256,
  },
  { additionalProperties: false },
);
export type PackageFile = Static<typeof PackageFile>;

/**
 * How a file is made from one of an older version (`delta/`): `bits` the positions of bits that differ, `zstd` the new file
 * in blocks, compressed with parts of the old one as dictionaries. `size` and `sha256` are those of the delta; the
 * result must be `to`.
 */
export const Delta = Type.Object(
  {
    method: Type.Union([Type.Literal('bits'), Type.Literal('zstd')]),
    from: sha256,
    to: sha256,
    size,
    sha256,
  },
  { additionalProperties: false },
);
export type Delta = Static<typeof Delta>;

/** The signed payload. */
export const ComponentManifest = Type.Object({
  component: Type.Unsafe<PackagedComponent>(Type.Union(packagedComponents.map((name) => Type.Literal(name)))),
  /** Rises with every version of this component; a client that has seen a higher one refuses a lower one. */
  number: Type.Integer({ minimum: 0 }),
  version,
  patternId: Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' }),
  createdAt: Type.String({ format: 'date-time', maxLength: 40 }),
  /** How long a client should wait before it asks again, seconds. */
  minWaitSeconds: Type.Integer({ minimum: 0, maximum: 86_400 }),
  files: Type.Array(PackageFile, { minItems: 0, maxItems: packageFilesMax }),
  deltas: Type.Array(Delta, { maxItems: packageFilesMax * packageDeltasMax }),
});
export type ComponentManifest = Static<typeof ComponentManifest>;

/** A DSSE envelope; `payload` and `sig` in base64. */
export const Envelope = Type.Object({
  payloadType: Type.Literal(manifestType),
  payload: Type.String({ maxLength: envelopeBytesMax }),
  signatures: Type.Array(
    Type.Object({ keyid: Type.String({ maxLength: 128 }), sig: Type.String({ maxLength: 128 }) }),
    { minItems: 1, maxItems: 8 },
  ),
});
export type Envelope = Static<typeof Envelope>;
