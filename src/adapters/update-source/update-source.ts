import { join } from 'node:path';
import { ComponentRefused, type UpdateSource } from '../../actors/ports/components.ts';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import type { ComponentName } from '../../events/command.ts';
import type { ComponentManifest } from '../../sps/protocol/component-package.ts';
import { entityTag } from '../../sps/protocol/entity-tag.ts';
import { asRefused } from '../components/refusal.ts';
import { makeFolder } from '../files/durable-file.ts';
import { removeOtherDownloads } from './download-folder.ts';
import { fetchFiles } from './fetch-files.ts';
import { checkNumber } from './highest-seen.ts';
import { openEnvelope } from './open-envelope.ts';
import { createPackageRequests, type PackageRequestOptions } from './package-requests.ts';
import { readTrustedKeys } from './trusted-keys.ts';

/** How packages are fetched. */
export interface UpdateSourceOptions extends PackageRequestOptions {
  /** PEM file of the public keys that may sign; read again at each fetch. */
  keysFile: string;
  /** `<state>/updates`: downloads, and the newest numbers that were seen. Best on the file system of the components. */
  folder: string;
  /** Largest component, all files together; bytes. */
  bytesMax: Readonly<Record<ComponentName, number>>;
  /** Space on the disk that no download may take; bytes. */
  freeBytesMin: number;
}

/** Fetches components from one place: signed, newer than what was seen, within the limits, and whole. */
export function createUpdateSource(options: UpdateSourceOptions): UpdateSource {
  const { keysFile, bytesMax, freeBytesMin, now = Date.now } = options;
  const requests = createPackageRequests(options);
  const minWaits = new Map<ComponentName, number>();

  const fetch: UpdateSource['fetch'] = async (component, atHand, signal, turn = async () => atHand) => {
    const folder = join(options.folder, component);
    await makeFolder(folder);
    const keys = await readTrustedKeys(keysFile);
    const answer = await requests.envelope(component, atHand.versions.map(entityTag).join(', '), signal);
    const byNow = await turn();
    if (answer.status === 304) return unchanged(folder);
    const signed = openEnvelope(answer.body, component, keys);
    const { manifest } = signed;
    await checkNumber(folder, signed);
    minWaits.set(component, manifest.minWaitSeconds * 1000);
    if (byNow.versions.includes(manifest.version)) return unchanged(folder);
    checkSize(manifest, bytesMax[component]);
    const parts = { folder, get: requests.file(component, signal), reserveBytes: freeBytesMin, signal };
    const files = await fetchFiles(parts, manifest, byNow);
    const { version, number, patternId } = manifest;
    return { component, version, number, patternId, files, fetchedAtMs: now() };
  };

  return {
    fetch: (...given) =>
      fetch(...given).catch((error) => {
        // What is left is trouble of the disk, which must not count for the server.
        throw error instanceof ReputationFailure ? error : asRefused(error, 'not-stored', 'it cannot be kept: ');
      }),
    minWaitMs: (component) => minWaits.get(component) ?? 0,
    async close() {
      requests.close();
    },
  };
}

async function unchanged(folder: string): Promise<'unchanged'> {
  await removeOtherDownloads(folder, []);
  return 'unchanged';
}

/** Throws `ComponentRefused` (too-large). */
export function checkSize({ files }: ComponentManifest, bytesMax: number): void {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > bytesMax) throw new ComponentRefused('too-large', `${bytes} bytes are more than the allowed ${bytesMax}`);
}
