import { join } from 'node:path';
import type { UpdateSource } from '../actors/ports/components.ts';
import type { ReputationService } from '../actors/ports/reputation.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { createUpdateSource, type UpdateSourceOptions } from '../adapters/update-source/update-source.ts';
import { bytesMax } from './component-store.ts';
import { connectionToServers, connectionToUpdateSource, spsClient } from './sps-connection.ts';

/** Where patterns come from. */
export function updateSource(settings: Settings): UpdateSource {
  return createUpdateSource({
    ...connectionToUpdateSource(settings),
    ...packageOptions(settings),
    url: settings.update.url,
  });
}

/** The servers of the list: queries, and the filter of each as a signed package. */
export function reputationServers(settings: Settings): ReputationService {
  const client = spsClient(settings);
  const filters = new Map<string, UpdateSource>();
  const filtersOf = (id: string) => {
    const options = { ...connectionToServers(settings), ...packageOptions(settings), url: `https://${id}` };
    const source = filters.get(id) ?? createUpdateSource(options);
    filters.set(id, source);
    return source;
  };
  return {
    ...client,
    filter: ({ id }, ...given) => filtersOf(id).fetch('filter', ...given),
    async close() {
      await Promise.all([client.close(), ...[...filters.values()].map((source) => source.close())]);
    },
  };
}

/** The keys of the server on this machine count when no others are set. */
function packageOptions(
  settings: Settings,
): Pick<UpdateSourceOptions, 'keysFile' | 'folder' | 'bytesMax' | 'freeBytesMin'> {
  return {
    keysFile: settings.update.keys_file ?? join(settings.sps.folder, 'signing-key.pub.pem'),
    folder: join(settings.state.folder, 'updates'),
    bytesMax: bytesMax(settings),
    freeBytesMin: settings.journal.free_bytes_min,
  };
}
