import { hash } from 'node:crypto';
import type { ContentPattern } from '../../actors/ports/scanning.ts';
import { SAMPLES_ENGINE } from '../sample-signatures/load-engine.ts';
import { readSamples, tableOf } from '../sample-signatures/sample-table.ts';
import { countRules } from '../yara/compile.ts';
import { YARA_ENGINE, type YaraData } from '../yara/load-engine.ts';
import { tryRules } from '../yara/try-rules.ts';
import type { ComponentFile } from './version-folder.ts';

/** What the files of a pattern are for. */
export interface SortedFiles {
  /** Hashes of whole files. */
  hashes: ComponentFile[];
  samples: ComponentFile[];
  rules: ComponentFile[];
}

/** By the endings of their names; what is neither `.shs` nor `.yar` is a list of hashes. */
export function sortFiles(files: readonly ComponentFile[]): SortedFiles {
  const ending = ({ name }: ComponentFile) => name.slice(name.lastIndexOf('.')).toLowerCase();
  const {
    hashes = [],
    samples = [],
    rules = [],
  } = Object.groupBy(files, (file) => {
    const kinds: Readonly<Record<string, keyof SortedFiles>> = { '.shs': 'samples', '.yar': 'rules' };
    return kinds[ending(file)] ?? 'hashes';
  });
  return { hashes, samples, rules };
}

/** What content engines look for. */
export interface ContentPatterns {
  contentPatterns: ContentPattern[];
  /** YARA rules. */
  rules: number;
}

/** Reads and tries what engines look for. Throws an `Error` that says what cannot be used. @param fileBytesMax for YARA */
export async function openContentPatterns(
  { samples, rules }: SortedFiles,
  fileBytesMax: number,
): Promise<ContentPatterns> {
  const contentPatterns: ContentPattern[] = [];
  const table = readSamples(samples);
  if (table.length > 0)
    contentPatterns.push({ engine: SAMPLES_ENGINE, id: idOf(SAMPLES_ENGINE, samples), data: tableOf(table) });
  const files = rules.map(({ name, content }) => ({ name, text: content.toString() }));
  const data: YaraData = { files, fileBytesMax };
  if (files.length > 0) {
    await tryRules(data);
    contentPatterns.push({ engine: YARA_ENGINE, id: idOf(YARA_ENGINE, rules), data });
  }
  return { contentPatterns, rules: files.reduce((sum, { text }) => sum + countRules(text), 0) };
}

/** The same for the same content only. */
function idOf(engine: string, files: readonly ComponentFile[]): string {
  const digests = files.map(({ name, content }) => `${name}:${hash('sha256', content)}`);
  return `${engine}:${hash('sha256', digests.join('\n'))}`;
}
