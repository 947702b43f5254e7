import { ReputationFailure, type UpdateSource } from '../../actors/ports/reputation.ts';
import type { PatternDownload, PatternName } from '../../actors/ports/scanning.ts';
import { entityTag } from '../../sps/protocol/entity-tag.ts';
import { manifestBytesMax, type PatternFile, PatternManifest, paths } from '../../sps/protocol/protocol.ts';
import { openExchange, type SpsConnectionOptions } from './client-options.ts';
import { sha256Of } from './digest.ts';
import type { Answer } from './exchange.ts';
import { statusFailure } from './failure.ts';
import { jsonReader } from './read-json.ts';

/** How the update source works. */
export interface UpdateSourceOptions extends SpsConnectionOptions {
  /** `https://host:port` of an SPS or of any web server with the same files, with a folder if need be; or http. */
  url: string;
  /** Largest pattern, all files together, bytes. Default 1 GiB. */
  patternBytesMax?: number;
}

const readManifest = jsonReader(PatternManifest);

/** Downloads patterns: the manifest, then each file, checked against it. Signatures of the source are issue 05. */
export function createUpdateSource(options: UpdateSourceOptions): UpdateSource {
  const { patternBytesMax = 1024 ** 3, now = Date.now } = options;
  const { origin, pathname } = new URL(options.url);
  const base = `${pathname.replace(/\/$/, '')}${paths.patterns}`;
  const { exchange, close } = openExchange(options);

  async function get(path: string, answerBytesMax: number, signal: AbortSignal, version?: string): Promise<Answer> {
    const headers: Record<string, string> = version === undefined ? {} : { 'if-none-match': entityTag(version) };
    const answer = await exchange({ origin, method: 'GET', path, headers, answerBytesMax }, signal);
    if (answer.status === 200 || (answer.status === 304 && version !== undefined)) return answer;
    throw statusFailure(answer.status, 'other', answer.field('retry-after'), now());
  }

  async function download(name: PatternName, file: PatternFile, signal: AbortSignal): Promise<Buffer> {
    const { body } = await get(`${base}/${name}/${file.name}`, file.size, signal);
    if (body.length === file.size && sha256Of(body) === file.sha256) return body;
    throw new ReputationFailure('response', `${file.name} is not what the manifest says`);
  }

  return {
    async pattern(name, version, signal) {
      const answer = await get(`${base}/${name}`, manifestBytesMax, signal, version);
      if (answer.status === 304) return 'unchanged';
      const manifest = readManifest(answer);
      if (manifest.name !== name)
        throw new ReputationFailure('response', `a manifest of ${manifest.name}, not ${name}`);
      if (manifest.version === version) return 'unchanged';
      checkFiles(manifest.files, patternBytesMax);
      const files: PatternDownload['files'][number][] = [];
      for (const file of manifest.files) {
        files.push({ name: file.name, sha256: file.sha256, content: await download(name, file, signal) });
      }
      return { version: manifest.version, files, fetchedAtMs: now() };
    },
    async close() {
      close();
    },
  };
}

function checkFiles(files: readonly PatternFile[], bytesMax: number): void {
  if (new Set(files.map((file) => file.name)).size < files.length) {
    throw new ReputationFailure('response', 'the manifest names a file twice');
  }
  if (files.reduce((sum, file) => sum + file.size, 0) > bytesMax) {
    throw new ReputationFailure('response', `the pattern is larger than ${bytesMax} bytes`);
  }
}
