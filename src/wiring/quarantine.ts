import type { InspectionEvent } from 'xstate';
import { systemClock } from '../actors/ports/clock.ts';
import type { Quarantine } from '../actors/ports/mail.ts';
import { keepQuarantine } from '../actors/quarantine-keeper.ts';
import { createQuarantineRoom } from '../adapters/quarantine/quarantine-room.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { startArchives } from './archives.ts';

/** Where messages are kept. */
export interface KeptMail {
  quarantine: Quarantine;
  /** See `Archives`. */
  archive(folder: string): Quarantine;
  /** Resolves when looks that are under way have ended. */
  stop(): Promise<void>;
}

/** The quarantine of `[quarantine]` and the archives of the virus rule, kept within their limits from now on. */
export function startQuarantine(settings: Settings, inspect: (event: InspectionEvent) => void): KeptMail {
  const { folder, bytes_max, days_max, when_full } = settings.quarantine;
  const keeper = keepQuarantine({
    ...{ clock: systemClock, inspect, room: createQuarantineRoom({ folder, bytesMax: bytes_max }) },
    limits: { bytesMax: bytes_max, daysMax: days_max, whenFull: when_full },
  });
  const archives = startArchives(settings, inspect);
  return {
    quarantine: keeper.quarantine,
    archive: archives.archive,
    async stop() {
      await Promise.all([keeper.stop(), archives.stop()]);
    },
  };
}
