import { join } from 'node:path';
import { ComponentRefused, type UpdateSource } from '../../actors/ports/components.ts';
import type { ComponentName } from '../../events/command.ts';
import {
  type ComponentManifest,
  envelopeBytesMax,
  envelopePath,
  packageFilePath,
} from '../../sps/protocol/component-package.ts';
import { entityTag } from '../../sps/protocol/entity-tag.ts';
import { makeFolder } from '../files/durable-file.ts';
import { openExchange, type SpsConnectionOptions } from '../sps-client/client-options.ts';
import type { ExchangeRequest } from '../sps-client/exchange.ts';
import { statusFailure } from '../sps-client/failure.ts';
import type { GetFile } from './download-file.ts';
import { removeOtherDownloads } from './download-folder.ts';
import { fetchFiles } from './fetch-files.ts';
import { checkNumber } from './highest-seen.ts';
import { openEnvelope } from './open-envelope.ts';
import { readTrustedKeys } from './trusted-keys.ts';

/** How packages are fetched. */
export interface UpdateSourceOptions extends SpsConnectionOptions {
  /** `https://host:port` of an SPS or of any web server with the same files, with a folder if need be; or http. */
  url: string;
  /** PEM file of the public keys that may sign; read again at each fetch. */
  keysFile: string;
  /** `<state>/updates`: downloads, and the newest numbers that were seen. Best on the file system of the components. */
  folder: string;
  /** Largest component, all files together; bytes. */
  bytesMax: Readonly<Record<ComponentName, number>>;
  /** Space on the disk that no download may take; bytes. */
  freeBytesMin: number;
}

/** Whoever receives a file says that it is too long: it knows which. */
const overrunBytes = 1024 * 1024;

/** Fetches components from one place: signed, newer than what was seen, within the limits, and whole. */
export function createUpdateSource(options: UpdateSourceOptions): UpdateSource {
  const { keysFile, bytesMax, freeBytesMin, now = Date.now } = options;
  const { origin, pathname } = new URL(options.url);
  const { exchange, close } = openExchange(options);
  const minWaits = new Map<ComponentName, number>();

  async function send(request: Omit<ExchangeRequest, 'origin' | 'method'>, others: number[], signal: AbortSignal) {
    const answer = await exchange({ origin, method: 'GET', ...request }, signal);
    if (answer.status === 200 || others.includes(answer.status)) return answer;
    throw statusFailure(answer.status, 'other', answer.field('retry-after'), now());
  }

  return {
    async fetch(component, atHand, signal) {
      const folder = join(options.folder, component);
      await makeFolder(folder);
      const keys = await readTrustedKeys(keysFile);
      const base = pathname.replace(/\/$/, '');
      const path = base + envelopePath(component);
      const tags = atHand.versions.map(entityTag).join(', ');
      const known = tags === '' ? {} : { headers: { 'if-none-match': tags } };
      const answer = await send({ path, ...known, answerBytesMax: envelopeBytesMax }, tags === '' ? [] : [304], signal);
      if (answer.status === 304) return unchanged(folder);
      const signed = openEnvelope(answer.body, component, keys);
      const { manifest } = signed;
      await checkNumber(folder, signed);
      minWaits.set(component, manifest.minWaitSeconds * 1000);
      if (atHand.versions.includes(manifest.version)) return unchanged(folder);
      checkSize(manifest, bytesMax[component]);
      const get: GetFile = ({ sha256, size }, from, receive) => {
        const range = from === 0 ? {} : { headers: { range: `bytes=${from}-` } };
        const others = from === 0 ? [] : [206, 416];
        return send(
          { path: base + packageFilePath(component, sha256), ...range, answerBytesMax: size + overrunBytes, receive },
          others,
          signal,
        );
      };
      const files = await fetchFiles({ folder, get, reserveBytes: freeBytesMin, signal }, manifest, atHand);
      const { version, number, patternId } = manifest;
      return { component, version, number, patternId, files, fetchedAtMs: now() };
    },
    minWaitMs: (component) => minWaits.get(component) ?? 0,
    async close() {
      close();
    },
  };
}

async function unchanged(folder: string): Promise<'unchanged'> {
  await removeOtherDownloads(folder, []);
  return 'unchanged';
}

function checkSize({ files }: ComponentManifest, bytesMax: number): void {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > bytesMax) throw new ComponentRefused('too-large', `${bytes} bytes are more than the allowed ${bytesMax}`);
}
