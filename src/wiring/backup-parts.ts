import { join } from 'node:path';
import type { Settings } from '../adapters/settings/settings.ts';

/** What a backup may hold, each a folder of this name in it. */
export const backupParts = ['journal', 'quarantine', 'components', 'sps'] as const;
export type BackupPart = (typeof backupParts)[number];

/** The settings file, as it is called in a backup. */
export const settingsName = 'imss.ini';

/** Where a part belongs. */
export function folderOf(part: BackupPart, { state, quarantine, sps }: Settings): string {
  if (part === 'quarantine') return quarantine.folder;
  return part === 'sps' ? sps.folder : join(state.folder, part);
}
