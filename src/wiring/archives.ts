import type { InspectionEvent } from 'xstate';
import { systemClock } from '../actors/ports/clock.ts';
import type { Quarantine } from '../actors/ports/mail.ts';
import { keepQuarantine, type QuarantineKeeper } from '../actors/quarantine-keeper.ts';
import { createQuarantineRoom } from '../adapters/quarantine/quarantine-room.ts';
import type { Settings } from '../adapters/settings/settings.ts';

/** Where copies of the virus rule's `archive` go: folders in the form of the quarantine, kept within limits as it is. */
export interface Archives {
  /** The archive in a folder: a restart of the scan service may bring another one. */
  archive(folder: string): Quarantine;
  /** Resolves when looks that are under way have ended. */
  stop(): Promise<void>;
}

/** Keeps the archive of `[virus_rule] archive_folder` within its limits from now on, and others from their first copy on. */
export function startArchives(
  { virus_rule: { archive_folder, archive_bytes_max, archive_days_max, archive_when_full } }: Settings,
  inspect: (event: InspectionEvent) => void,
): Archives {
  const keepers = new Map<string, QuarantineKeeper>();
  const begin = (folder: string) => {
    const keeper = keepQuarantine({
      ...{ clock: systemClock, inspect },
      room: createQuarantineRoom({ folder, bytesMax: archive_bytes_max, place: 'archive' }),
      limits: {
        ...{ archive: folder, bytesMax: archive_bytes_max, daysMax: archive_days_max, whenFull: archive_when_full },
      },
    });
    keepers.set(folder, keeper);
    return keeper;
  };
  if (archive_folder !== undefined) begin(archive_folder);
  return {
    archive: (folder) => (keepers.get(folder) ?? begin(folder)).quarantine,
    async stop() {
      await Promise.all([...keepers.values()].map((keeper) => keeper.stop()));
    },
  };
}
