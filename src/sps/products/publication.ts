import { readFileSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { syncFolder, writeSynced } from '../../adapters/files/durable-file.ts';
import { Delta, type PackagedComponent, PackageFile, packagedComponents } from '../protocol/component-package.ts';

const count = Type.Integer({ minimum: 0 });

/** One version of a component. */
export const Product = Type.Object({
  /** Rises with every version: the time in digits (`20261124193000`, UTC), or one more than before if that is higher. */
  number: count,
  /** `<number>-<start of the SHA-256 of its content>`. */
  version: Type.String(),
  /** When it was made, ms since 1970. */
  builtAtMs: count,
  /** Hashes, or signatures and rules. */
  entries: count,
  files: Type.Array(PackageFile),
  /** Ways up from earlier versions. */
  deltas: Type.Array(Delta),
});
export type Product = Static<typeof Product>;

const ofEach = <T>(type: T) => ({ smart: type, filter: type, agent: type, conventional: type });

/** Everything that is published at one time: answers, filter and patterns of one snapshot of the store. */
export const Publication = Type.Object({
  /** Answers know what was imported or overridden up to here. */
  change: count,
  builtAtMs: count,
  /** From then on entries expire; null: never. */
  validUntilMs: Type.Union([count, Type.Null()]),
  patternId: Type.String(),
  falsePositiveRate: Type.Number(),
  /** Keys that the filter has room for. */
  filterCapacity: count,
  /** Entries of each source in the smart scan pattern. */
  sources: Type.Array(Type.Object({ name: Type.String(), entries: count })),
  components: Type.Object(ofEach(Product)),
  /** Earlier versions, newest first, as far as their files are kept. */
  earlier: Type.Object(ofEach(Type.Array(Product))),
});
export type Publication = Static<typeof Publication>;

const publications = Compile(Publication);

/** Folder of the files in an SPS folder, each named by its SHA-256. */
export function productsFolder(folder: string): string {
  return join(folder, 'products');
}

/** Path of a file by its SHA-256. */
export function productPath(folder: string, sha256: string): string {
  return join(productsFolder(folder), sha256);
}

function publishedFile(folder: string): string {
  return join(folder, 'published.json');
}

/** What was published last; undefined when there is nothing, or nothing that can be read. */
export function readPublication(folder: string): Publication | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(publishedFile(folder), 'utf8'));
    return publications.Check(found) ? (found as Publication) : undefined;
  } catch {
    return undefined;
  }
}

/** Changes whenever something is published, also by another process. */
export function publicationMark(folder: string): string {
  const found = statSync(publishedFile(folder), { throwIfNoEntry: false });
  return found ? `${found.ino}-${found.mtimeMs}-${found.size}` : '';
}

/** Publishes: from now on this counts, also after a crash. The files have to be on disk. */
export async function writePublication(folder: string, publication: Publication): Promise<void> {
  const file = publishedFile(folder);
  await rm(`${file}.new`, { force: true });
  await writeSynced(`${file}.new`, [Buffer.from(JSON.stringify(publication, undefined, 2))]);
  await rename(`${file}.new`, file);
  await syncFolder(folder);
}

/** SHA-256 of everything of a component that may be asked for: files and deltas of all versions that are kept. */
export function filesOf({ components, earlier }: Publication, component: PackagedComponent): Set<string> {
  const products = [components[component], ...earlier[component]];
  return new Set(products.flatMap(({ files, deltas }) => [...files, ...deltas].map(({ sha256 }) => sha256)));
}

/** The same of all components. */
export function allFilesOf(publication: Publication): Set<string> {
  return new Set(packagedComponents.flatMap((component) => [...filesOf(publication, component)]));
}
