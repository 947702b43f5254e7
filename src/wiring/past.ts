import type { Journal } from '../actors/ports/journal.ts';

/** What the log of the process before says that this one must know (D10). */
export interface Past {
  /** Number of its last epoch; 0 when there was none. */
  epoch: number;
  /** Servers that were failed over. */
  failedOver: ReadonlySet<string>;
}

/** Reads it from the newest event of each aggregate. */
export async function readPast(journal: Journal): Promise<Past> {
  const servers = await journal.latest('servers');
  const system = await journal.latest('system');
  const epochs = [...servers, ...system]
    .map(({ event }) => event.data.epoch)
    .filter((epoch) => typeof epoch === 'number');
  const failedOver = servers.filter(({ event }) => String(event.data.state).startsWith('FailedOver'));
  return {
    epoch: Math.max(0, ...epochs),
    failedOver: new Set(failedOver.map(({ event }) => String(event.data.server))),
  };
}
