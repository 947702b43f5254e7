import type { Past } from '../actors/epochs.ts';
import type { Journal } from '../actors/ports/journal.ts';
import { upcast } from '../events/upcast.ts';

/** What the log of the process before says that this one must know: read from the newest event of each aggregate. */
export async function readPast(journal: Journal): Promise<Past> {
  const latest = async (lane: 'servers' | 'system') => (await journal.latest(lane)).map(({ event }) => upcast(event));
  const servers = await latest('servers');
  const system = await latest('system');
  const epochs = [...servers, ...system].map(({ data }) => data.epoch).filter((epoch) => typeof epoch === 'number');
  const failedOver = servers.filter(({ data }) => String(data.state).startsWith('FailedOver'));
  return {
    epoch: Math.max(0, ...epochs),
    failedOver: new Set(failedOver.map(({ data }) => String(data.server))),
    wasConventional: system.some(({ subject, data }) => subject === 'method' && data.state === 'Conventional'),
  };
}
