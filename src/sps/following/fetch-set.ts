import { open, rename } from 'node:fs/promises';
import { makeFolder, syncFolder } from '../../adapters/files/durable-file.ts';
import type { MirroredEnvelope, MirrorSource } from '../../adapters/update-source/mirror-source.ts';
import { type PackagedComponent, packagedComponents } from '../protocol/component-package.ts';
import { type FollowedSet, filesOfComponent, followedFolder, followedPath, writeFollowedSet } from './followed-set.ts';

/** What the other server serves does not belong together, or changes all the time. */
export class NotOfOnePublication extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotOfOnePublication';
  }
}

const triesMax = 5;

type Envelopes = Readonly<Record<PackagedComponent, MirroredEnvelope>>;

/**
 * Takes over what another server serves now, as a whole: files first, then the one file that says what counts. Undefined when that is what
 * is there already. Throws `NotOfOnePublication`, `ComponentRefused`, `ReputationFailure`, or what the system says; nothing has changed then.
 */
export async function fetchSet(
  source: MirrorSource,
  folder: string,
  before: FollowedSet | undefined,
  signal: AbortSignal,
): Promise<FollowedSet | undefined> {
  const envelopes = await envelopesOfOnePublication(source, signal);
  const isSame = (component: PackagedComponent) =>
    before?.components[component].envelope === envelopes[component].text.toString();
  if (packagedComponents.every(isSame)) return undefined;
  await makeFolder(followedFolder(folder));
  for (const component of packagedComponents) {
    const there = before === undefined ? [] : [...filesOfComponent(before, component)];
    const atHand = there.map((sha256) => ({ name: sha256, sha256, path: followedPath(folder, sha256) }));
    const fetched = await source.files(envelopes[component], atHand, signal);
    for (const { path, sha256 } of fetched) await keep(path, followedPath(folder, sha256));
  }
  await syncFolder(followedFolder(folder));
  const of = (component: PackagedComponent) => {
    const { text, manifest } = envelopes[component];
    return { envelope: text.toString(), manifest };
  };
  const set = {
    components: { smart: of('smart'), filter: of('filter'), agent: of('agent'), conventional: of('conventional') },
  };
  await writeFollowedSet(folder, set);
  return set;
}

/**
 * The other server publishes as a whole, but is asked component by component: pattern and filter are of one publication when the pattern is
 * the same before and after. A filter of another one might lack what the pattern has.
 */
async function envelopesOfOnePublication(source: MirrorSource, signal: AbortSignal): Promise<Envelopes> {
  const { envelope } = source;
  let smart = await envelope('smart', signal);
  for (let tries = 1; tries <= triesMax; tries++) {
    const others = {
      filter: await envelope('filter', signal),
      agent: await envelope('agent', signal),
      conventional: await envelope('conventional', signal),
    };
    const now = await envelope('smart', signal);
    if (now.text.equals(smart.text)) return ofOnePattern({ smart, ...others });
    smart = now;
  }
  throw new NotOfOnePublication('a new version was published whenever this one was looked at');
}

function ofOnePattern(envelopes: Envelopes): Envelopes {
  const ids = new Set(Object.values(envelopes).map(({ manifest }) => manifest.patternId));
  if (ids.size > 1) throw new NotOfOnePublication(`components of several patterns: ${[...ids].join(', ')}`);
  return envelopes;
}

/** On disk, then in its place. */
async function keep(from: string, to: string): Promise<void> {
  const handle = await open(from, 'r+');
  await handle.sync();
  await handle.close();
  await rename(from, to);
}
