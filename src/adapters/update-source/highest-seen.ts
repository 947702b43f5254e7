import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ComponentRefused } from '../../actors/ports/components.ts';
import { replaceFile } from '../files/durable-file.ts';
import type { SignedManifest } from './open-envelope.ts';

const FILE = 'highest-seen.json';

/** The newest version of a component by each key that signed one. */
type Highest = Record<string, { number: number; version: string }>;

/**
 * Refuses what is older than the newest that any of its signers has ever signed as far as this gateway saw, and remembers it
 * otherwise: whoever keeps an old package cannot bring it back, though its signature is good. Each key has a count of its own, as
 * servers that are filled apart do. Throws `ComponentRefused`.
 */
export async function checkNumber(folder: string, { manifest, signers }: SignedManifest): Promise<void> {
  const { number, version } = manifest;
  const path = join(folder, FILE);
  const highest = await readHighest(path);
  for (const id of signers) {
    const seen = highest[id];
    if (seen === undefined || number > seen.number || version === seen.version) continue;
    const which = number === seen.number ? `the same number as ${seen.version}` : `older than ${seen.version}`;
    throw new ComponentRefused('replayed-older', `version ${version} is ${which}, which key ${id} has signed before`);
  }
  if (signers.every((id) => highest[id]?.version === version)) return;
  for (const id of signers) highest[id] = { number, version };
  const unfinished = `${path}.new`;
  await rm(unfinished, { force: true });
  await replaceFile(path, unfinished, [Buffer.from(JSON.stringify(highest))]);
}

async function readHighest(path: string): Promise<Highest> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return JSON.parse(text) as Highest;
  } catch (cause) {
    throw new ComponentRefused('not-stored', `${path} is damaged: remove it to take any version again`, { cause });
  }
}
