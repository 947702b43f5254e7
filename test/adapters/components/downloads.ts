import { hash } from 'node:crypto';
import type { FilterDownload, PatternDownload } from '../../../src/actors/ports/scanning.ts';
import { eicarTestFile } from '../../../src/adapters/components/eicar.ts';
import { buildFilter } from '../../../src/adapters/query-filter/build.ts';

export const eicarSha256 = hash('sha256', eicarTestFile());

/** A signature file as a download has it. */
export function signatureFile(name: string, ...lines: string[]): PatternDownload['files'][number] {
  const content = Buffer.from(`${lines.join('\n')}\n`);
  return { name, content, sha256: hash('sha256', content) };
}

/** A pattern that knows EICAR; its name says the version. */
export function pattern(version: string, ...more: PatternDownload['files']): PatternDownload {
  const files = [signatureFile('a.hsb', `${eicarSha256}:68:Eicar-${version}`), ...more];
  return { version, files, fetchedAtMs: 1000 };
}

/** A filter that knows EICAR. */
export function filter(version: string, keys: string[] = [eicarSha256]): FilterDownload {
  const content = buildFilter({ keys, capacity: 1000, falsePositiveRate: 0.0001 });
  return { version, patternId: 'smart', content, fetchedAtMs: 1000 };
}
