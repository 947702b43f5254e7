import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../fixtures/archives');
const NOT_ARCHIVES = ['make.sh', 'README.md', 'payload.bin', 'bombs', 'rar', 'volumes.7z.002'];

/** What each archive of the folder holds. */
export const payload = readFileSync(join(folder, 'payload.bin'));

/** An archive of the folder, or of a folder within it. */
export function archive(name: string): Buffer {
  return readFileSync(join(folder, name));
}

/** What cannot be read, and why; all others hold the payload, and nothing is wrong with them. */
export const UNREADABLE: Record<string, string[]> = {
  'aes.zip': ['encrypted'],
  'encrypted.zip': ['encrypted'],
  'encrypted.7z': ['encrypted'],
  'encrypted-names.7z': ['encrypted'],
  // 7-Zip does not know the encryption of ARJ.
  'encrypted.arj': ['unsupported'],
  'volumes.7z.001': ['damaged'],
};

export const readable = readdirSync(folder).filter((name) => !NOT_ARCHIVES.includes(name) && !(name in UNREADABLE));
