import type { InspectionEvent } from 'xstate';
import { systemClock } from '../actors/ports/clock.ts';
import { keepQuarantine, type QuarantineKeeper } from '../actors/quarantine-keeper.ts';
import { createQuarantineRoom } from '../adapters/quarantine/quarantine-room.ts';
import type { Settings } from '../adapters/settings/settings.ts';

/** The quarantine of `[quarantine]`, kept within its limits from now on. */
export function startQuarantine(
  { quarantine: { folder, bytes_max, days_max, when_full } }: Settings,
  inspect: (event: InspectionEvent) => void,
): QuarantineKeeper {
  return keepQuarantine({
    ...{ clock: systemClock, inspect, room: createQuarantineRoom({ folder, bytesMax: bytes_max }) },
    limits: { bytesMax: bytes_max, daysMax: days_max, whenFull: when_full },
  });
}
