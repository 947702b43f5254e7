import { join } from 'node:path';
import type { DownloadedFile } from '../../actors/ports/components.ts';
import type { PackagedComponent } from '../../sps/protocol/component-package.ts';
import { makeFolder } from '../files/durable-file.ts';
import { downloadFile } from './download-file.ts';
import { isFile, wholePath } from './download-folder.ts';
import { fetchFiles } from './fetch-files.ts';
import { checkNumber } from './highest-seen.ts';
import { openEnvelope, type SignedManifest } from './open-envelope.ts';
import { createPackageRequests, type PackageRequestOptions } from './package-requests.ts';
import { readTrustedKeys } from './trusted-keys.ts';
import { checkSize } from './update-source.ts';

/** How another server is mirrored. */
export interface MirrorSourceOptions extends PackageRequestOptions {
  /** PEM file of the public keys that may sign; read again at each fetch. */
  keysFile: string;
  /** Downloads, and the newest numbers that were seen. On the file system of what is served. */
  folder: string;
  /** Largest component, all files together; bytes. */
  bytesMax: number;
  /** Space on the disk that no download may take; bytes. */
  freeBytesMin: number;
}

/** A manifest, and the envelope as it came. */
export interface MirroredEnvelope extends SignedManifest {
  text: Buffer;
}

/** Components as they are served elsewhere, byte for byte. Throws `ComponentRefused` and `ReputationFailure`. */
export interface MirrorSource {
  /** What is served now: signed by a trusted key, and not older than what was seen. */
  envelope(component: PackagedComponent, signal: AbortSignal): Promise<MirroredEnvelope>;
  /**
   * All files and deltas that a manifest names, whole on disk.
   * @param atHand files that are there: those are not fetched, and the way to newer ones may be short
   * @returns those that were fetched
   */
  files(envelope: MirroredEnvelope, atHand: readonly DownloadedFile[], signal: AbortSignal): Promise<DownloadedFile[]>;
  close(): void;
}

export function createMirrorSource(options: MirrorSourceOptions): MirrorSource {
  const { keysFile, bytesMax, freeBytesMin } = options;
  const requests = createPackageRequests(options);
  return {
    async envelope(component, signal) {
      const folder = join(options.folder, component);
      await makeFolder(folder);
      // Always as a whole: with new keys there are other signatures for the same version.
      const { body } = await requests.envelope(component, '', signal);
      const signed = openEnvelope(body, component, await readTrustedKeys(keysFile));
      await checkNumber(folder, signed);
      return { ...signed, text: body };
    },
    async files({ manifest }, atHand, signal) {
      checkSize(manifest, bytesMax);
      const folder = join(options.folder, manifest.component);
      const get = requests.file(manifest.component, signal);
      const isThere = (sha256: string) => atHand.some((file) => file.sha256 === sha256);
      const parts = { folder, get, reserveBytes: freeBytesMin, signal };
      const files = await fetchFiles(parts, manifest, { versions: [], files: atHand });
      const deltas: DownloadedFile[] = [];
      for (const delta of manifest.deltas) {
        if (isThere(delta.sha256)) continue;
        const path = wholePath(folder, delta);
        if (!(await isFile(path, delta))) await downloadFile(folder, delta, get);
        deltas.push({ name: delta.sha256, sha256: delta.sha256, path });
      }
      // One at hand that is damaged came anew.
      return [...files.filter(({ path }) => !atHand.some((file) => file.path === path)), ...deltas];
    },
    close: requests.close,
  };
}
