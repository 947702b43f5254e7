import { create, extract } from 'tar';
import { filesIn } from './gather.ts';
import { manifestName } from './manifest.ts';
import { BackupRefused } from './refused.ts';

/** Makes one file of a folder, readable for its owner only, the manifest first. @throws as the file system does */
export async function archive(folder: string, file: string, gzip: boolean): Promise<void> {
  const others = (await filesIn(folder)).filter((path) => path !== manifestName);
  await create({ file, cwd: folder, gzip, portable: true, strict: true, mode: 0o600 }, [manifestName, ...others]);
}

/** As much as the format can compress: messages in quarantine may be all zeros. */
const compressionMax = 1100;

/**
 * Unpacks a backup into an empty folder: files and folders only. Blocks the thread until all is written, or nothing more is.
 * @throws {BackupRefused} when it is damaged or no archive
 */
export function unpack(file: string, folder: string): void {
  try {
    extract({
      // The other way it goes on writing after its failure.
      ...{ sync: true, file, cwd: folder, strict: true, preserveOwner: false, maxDecompressionRatio: compressionMax },
      filter: (_path, entry) => isPlain(entry),
    });
  } catch (error) {
    const { code, tarCode, message } = error as NodeJS.ErrnoException & { tarCode?: string };
    // What the file system says of the place where it goes is no fault of the archive.
    if (tarCode === undefined && code !== undefined && /^E[A-Z]+$/.test(code)) throw error;
    throw new BackupRefused(`it is damaged, or no archive (${message})`, { cause: error });
  }
}

/** Links, devices and the like are in no backup of ours. */
function isPlain(entry: unknown): boolean {
  const { type } = entry as { type?: string };
  return type === 'File' || type === 'OldFile' || type === 'Directory';
}
