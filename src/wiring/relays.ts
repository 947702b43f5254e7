import { startRelayIfSet } from './relay.ts';
import type { RunningRelay } from './relay-thread.ts';
import { startSyslogIfSet } from './syslog.ts';

/** Starts every relay that is set: to Kafka, to a syslog server. */
export async function startRelays(parts: Parameters<typeof startRelayIfSet>[0]): Promise<RunningRelay> {
  const relays = [await startRelayIfSet(parts), await startSyslogIfSet(parts)];
  return {
    async stop() {
      await Promise.all(relays.map((relay) => relay.stop()));
    },
  };
}
