import { existsSync, statSync } from 'node:fs';
import { lastChange, openStore, storeFile } from '../data/store.ts';
import { readSigningKeys, SigningKeysUnusable } from '../identity/signing-keys.ts';
import { type Product, type Publication, productPath, readPublication } from '../products/publication.ts';
import { type PackagedComponent, packagedComponents } from '../protocol/component-package.ts';

/** A component as it is published. */
export interface ComponentStatus {
  component: PackagedComponent;
  version: string;
  /** ISO 8601. */
  builtAt: string;
  /** Null: the server that is followed does not say it. */
  entries: number | null;
  /** All files. */
  bytes: number;
  /** Ways up from earlier versions, and their bytes. */
  deltas: number;
  deltaBytes: number;
}

/** What a server publishes, by its folder: it need not run. */
export interface DistributionStatus {
  /** Another server, whose components these are, and when it last said that there is nothing newer (ISO 8601). */
  follows: { url: string; at: string | null } | null;
  patternId: string | null;
  components: ComponentStatus[];
  /** Entries of the smart scan pattern by source. */
  sources: { name: string; entries: number }[];
  /** Keys that sign, the newest first. */
  signingKeys: string[];
  /** What was last imported or set, and when (ISO 8601). */
  lastChange: { time: string; what: string } | null;
  /** Whether that is in what is published. */
  isPublished: boolean;
  problems: string[];
}

/** Gateways take no larger pattern unless they are told to; bytes. */
const gatewayBytesMax = 1024 ** 3;

/** Looks into the folder of a server. Throws `StoreUnusable`. */
export function distributionStatus(folder: string): DistributionStatus {
  const publication = readPublication(folder);
  const change = readLastChange(folder);
  const isPublished = publication !== undefined && change !== undefined && publication.change === change.number;
  const keys = readKeys(folder);
  return {
    follows: null,
    patternId: publication?.patternId ?? null,
    components: publication === undefined ? [] : packagedComponents.map((name) => componentStatus(publication, name)),
    sources: publication?.sources ?? [],
    signingKeys: keys.ids,
    lastChange: change === undefined ? null : { time: change.time, what: change.what },
    isPublished,
    problems: [
      ...(publication === undefined ? ['nothing is published yet'] : problemsOf(folder, publication)),
      ...(publication !== undefined && !isPublished ? ['what was changed last is not published yet'] : []),
      ...keys.problems,
    ],
  };
}

function componentStatus({ components }: Publication, component: PackagedComponent): ComponentStatus {
  const { version, builtAtMs, entries, files, deltas } = components[component];
  return {
    ...{ component, version, builtAt: new Date(builtAtMs).toISOString(), entries, bytes: bytesOf(files) },
    ...{ deltas: deltas.length, deltaBytes: bytesOf(deltas) },
  };
}

/** Of all files together. */
export function bytesOf(files: readonly { size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function problemsOf(folder: string, { components }: Publication): string[] {
  const missing = packagedComponents.filter((name) => !isThere(folder, components[name]));
  const tooLarge = (['agent', 'conventional'] as const).filter(
    (name) => bytesOf(components[name].files) > gatewayBytesMax,
  );
  return [
    ...missing.map((name) => `files of ${name} are missing or damaged: \`sekisho sps publish\` makes them again`),
    ...tooLarge.map(
      (name) => `${name} is larger than the ${gatewayBytesMax} bytes that gateways take unless they are told to`,
    ),
  ];
}

function isThere(folder: string, { files, deltas }: Product): boolean {
  return [...files, ...deltas].every(
    ({ sha256, size }) => statSync(productPath(folder, sha256), { throwIfNoEntry: false })?.size === size,
  );
}

function readLastChange(folder: string) {
  // To look must not make anything.
  if (!existsSync(storeFile(folder))) return undefined;
  const store = openStore(folder, () => []);
  try {
    return lastChange(store.database);
  } finally {
    store.close();
  }
}

function readKeys(folder: string): { ids: string[]; problems: string[] } {
  try {
    return { ids: (readSigningKeys(folder) ?? []).map(({ id }) => id), problems: [] };
  } catch (error) {
    if (error instanceof SigningKeysUnusable) return { ids: [], problems: [error.message] };
    throw error;
  }
}
