import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComponentDownload, DownloadedFile } from '../../../src/actors/ports/components.ts';
import { eicarTestFile } from '../../../src/adapters/components/eicar.ts';
import { buildFilter } from '../../../src/adapters/query-filter/build.ts';

export const eicarSha256 = hash('sha256', eicarTestFile());

let folder: string | undefined;
let count = 0;

/** A file that was downloaded. */
export function downloadedFile(name: string, content: Buffer): DownloadedFile {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'sekisho-downloads-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  const path = join(folder, String(++count));
  writeFileSync(path, content);
  return { name, path, sha256: hash('sha256', content) };
}

/** A signature file as a download has it. */
export function signatureFile(name: string, ...lines: string[]): DownloadedFile {
  return downloadedFile(name, Buffer.from(`${lines.join('\n')}\n`));
}

/** A pattern that knows EICAR; its name says the version. */
export function pattern(version: string, ...more: DownloadedFile[]): ComponentDownload {
  const files = [signatureFile('a.hsb', `${eicarSha256}:68:Eicar-${version}`), ...more];
  return {
    component: 'agent',
    version,
    number: Number.parseInt(version, 10) || 0,
    patternId: 'smart',
    files,
    fetchedAtMs: 1000,
  };
}

/** The content of a filter that knows these. */
export function filterContent(keys: string[] = [eicarSha256]): Buffer {
  return buildFilter({ keys, capacity: 1000, falsePositiveRate: 0.0001 });
}

/** A filter, by default one that knows EICAR. */
export function filter(version: string, content: Buffer = filterContent()): ComponentDownload {
  const files = [downloadedFile('filter.bloom', content)];
  return {
    component: 'filter',
    version,
    number: Number.parseInt(version, 10) || 0,
    patternId: 'smart',
    files,
    fetchedAtMs: 1000,
  };
}
