import { signManifest } from '../distribution/sign-envelope.ts';
import type { SigningKey } from '../identity/signing-keys.ts';
import { type PackagedComponent, packagedComponents } from '../protocol/component-package.ts';
import { filesOf, type Publication, productPath } from './publication.ts';
import type { SmartPattern } from './smart-pattern/read.ts';

/** A component as clients get it. */
export interface PublishedComponent {
  version: string;
  /** The signed manifest, JSON. */
  envelope: Buffer;
  /** Path of a file or a delta that is there; undefined for any other. @param sha256 lower-case hexadecimal */
  path(sha256: string): string | undefined;
}

/** What a server serves at one time; replaced as a whole. */
export interface Published {
  patternId: string;
  /** In every answer: version of the filter. */
  patternVersion: string;
  /** What queries are answered from. */
  smart: SmartPattern;
  /** The filter as a file of its own. */
  filter: { path: string; sha256: string };
  components: Readonly<Record<PackagedComponent, PublishedComponent>>;
}

/** How manifests are made. */
export interface SigningOptions {
  folder: string;
  keys: readonly SigningKey[];
  /** How long clients should wait before they ask again, seconds. */
  minWaitSeconds: number;
}

/** A publication, signed. */
export function published(publication: Publication, smart: SmartPattern, options: SigningOptions): Published {
  const { folder } = options;
  const { patternId, components } = publication;
  const { sha256 = '' } = components.filter.files[0] ?? {};
  const component = (name: PackagedComponent): PublishedComponent => {
    const there = filesOf(publication, name);
    return {
      version: components[name].version,
      envelope: envelopeOf(publication, name, options),
      path: (file) => (there.has(file) ? productPath(folder, file) : undefined),
    };
  };
  return {
    ...{ patternId, patternVersion: components.filter.version, smart },
    filter: { path: productPath(folder, sha256), sha256 },
    components: Object.fromEntries(
      packagedComponents.map((name) => [name, component(name)]),
    ) as Published['components'],
  };
}

/** The signed manifest of a component, as it is sent. */
export function envelopeOf(
  { patternId, components }: Publication,
  component: PackagedComponent,
  { keys, minWaitSeconds }: SigningOptions,
): Buffer {
  const { number, version, builtAtMs, files, deltas } = components[component];
  const createdAt = new Date(builtAtMs).toISOString();
  const manifest = { component, number, version, patternId, createdAt, minWaitSeconds, files, deltas };
  const envelope = signManifest(
    manifest,
    keys.map(({ privateKey }) => privateKey),
  );
  return Buffer.from(JSON.stringify(envelope));
}
