import { type ComponentDownload, ComponentRefused } from '../../actors/ports/components.ts';
import { checkManifest, FILES_MAX, type Manifest } from './manifest.ts';
import { asRefused } from './refusal.ts';
import { sha256Hex } from './sha256.ts';
import { type ComponentFile, readAtMost } from './version-folder.ts';

/** Reads what was downloaded and verifies it. Throws `ComponentRefused`. @param bytesMax for all files together */
export async function readDownload(
  { version, number, patternId, fetchedAtMs, files }: ComponentDownload,
  bytesMax: number,
): Promise<{ manifest: Manifest; files: ComponentFile[] }> {
  if (files.length > FILES_MAX) {
    throw new ComponentRefused('too-large', `${files.length} files are more than ${FILES_MAX}`);
  }
  const read: ComponentFile[] = [];
  const listed: Manifest['files'] = [];
  let left = bytesMax;
  for (const { name, sha256, path } of files) {
    const content = await readAtMost(path, left).catch((error) => {
      throw asRefused(error, error.code === undefined ? 'too-large' : 'not-stored', '');
    });
    left -= content.length;
    if ((await sha256Hex(content)) !== sha256) {
      throw new ComponentRefused(
        'corrupted',
        `${JSON.stringify(name)} is not what its manifest says: its SHA-256 differs`,
      );
    }
    read.push({ name, content });
    listed.push({ name, bytes: content.length, sha256 });
  }
  try {
    return { manifest: checkManifest({ version, number, patternId, fetchedAtMs, files: listed }), files: read };
  } catch (cause) {
    throw new ComponentRefused('malformed', (cause as Error).message, { cause });
  }
}
