import { statSync } from 'node:fs';
import { type FollowedSet, followedAtMs, followedPath, readFollowedSet } from '../following/followed-set.ts';
import { type PackagedComponent, packagedComponents } from '../protocol/component-package.ts';
import { bytesOf, type ComponentStatus, type DistributionStatus } from './status.ts';

/** The status of a server that serves what another one publishes. */
export function followedStatus(folder: string, url: string): DistributionStatus {
  const set = readFollowedSet(folder);
  const atMs = followedAtMs(folder);
  return {
    follows: { url, at: atMs === undefined ? null : new Date(atMs).toISOString() },
    patternId: set?.components.smart.manifest.patternId ?? null,
    components: set === undefined ? [] : packagedComponents.map((component) => statusOf(set, component)),
    sources: [],
    signingKeys: set === undefined ? [] : keysOf(set),
    lastChange: null,
    isPublished: set !== undefined,
    problems: set === undefined ? ['nothing has come from the server that is followed yet'] : missing(folder, set),
  };
}

function statusOf({ components }: FollowedSet, component: PackagedComponent): ComponentStatus {
  const { version, createdAt, files, deltas } = components[component].manifest;
  const sizes = { bytes: bytesOf(files), deltas: deltas.length, deltaBytes: bytesOf(deltas) };
  return { component, version, builtAt: createdAt, entries: null, ...sizes };
}

function keysOf({ components }: FollowedSet): string[] {
  const { signatures }: { signatures: { keyid: string }[] } = JSON.parse(components.filter.envelope);
  return signatures.map(({ keyid }) => keyid);
}

function missing(folder: string, { components }: FollowedSet): string[] {
  return packagedComponents
    .filter((component) =>
      components[component].manifest.files.some(
        ({ sha256, size }) => statSync(followedPath(folder, sha256), { throwIfNoEntry: false })?.size !== size,
      ),
    )
    .map(
      (component) => `files of ${component} are missing or damaged: the next start of the server fetches them again`,
    );
}
