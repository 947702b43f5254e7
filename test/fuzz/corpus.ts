import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const corpusFolder = join(import.meta.dirname, 'corpus');
export const findingsFolder = join(import.meta.dirname, 'findings');

/** The inputs that are kept of a target, in the order of their names. */
export function corpusOf(target: string): Buffer[] {
  const folder = join(corpusFolder, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)));
}

/** Makes these the corpus. What was found to break something (`found-*`) stays; the same input has the same name. */
export function keepInCorpus(target: string, inputs: readonly Buffer[]): void {
  const folder = join(corpusFolder, target);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('found-')) : [];
  for (const name of names) rmSync(join(folder, name));
  for (const input of inputs) write(folder, digest(input), input);
}

/** Writes what broke a promise, and says where. */
export function writeFinding(target: string, input: Buffer): string {
  return write(findingsFolder, `${target}-${digest(input)}`, input);
}

function write(folder: string, name: string, input: Buffer): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), input);
  return join(folder, name);
}

function digest(input: Buffer): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 12);
}
