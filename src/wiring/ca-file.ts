import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../adapters/settings/settings.ts';

/** The CA file to trust beside the system's: the one that is set, else that of the server on this machine, if there is one. */
export function caFile(settings: Settings, set: string | undefined): { caFile: string } | Record<string, never> {
  const local = join(settings.sps.folder, 'ca.pem');
  if (set !== undefined) return { caFile: set };
  return existsSync(local) ? { caFile: local } : {};
}
