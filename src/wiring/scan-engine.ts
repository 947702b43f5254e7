import type { InspectionEvent } from 'xstate';
import { systemClock } from '../actors/ports/clock.ts';
import { createScanEngine, type EngineBeside } from '../actors/scan-engine/scan-engine.ts';
import { createClamd } from '../adapters/clamd/create-clamd.ts';
import type { Settings } from '../adapters/settings/settings.ts';

/** The engine outside, as `[clamd]` says; undefined: none. */
export function startScanEngine(
  { clamd }: Settings,
  inspect: (event: InspectionEvent) => void,
): EngineBeside | undefined {
  if (clamd.address.length === 0) return undefined;
  return createScanEngine({
    ...{ clock: systemClock, inspect, servers: clamd.address, when: clamd.when },
    engine: createClamd({
      connectMs: clamd.connect_ms,
      chunkBytes: clamd.chunk_bytes,
      streamBytesMax: clamd.stream_bytes_max,
    }),
    input: {
      engine: 'clamd',
      threshold: clamd.threshold_count,
      cacheMs: clamd.cache_seconds * 1000,
      pingMs: clamd.connect_ms,
      required: clamd.required,
    },
    answerMs: clamd.answer_ms,
    sessionsMax: clamd.sessions_max,
    filesBytesMax: clamd.files_bytes_max,
  });
}
