import type { Envelope, Lane } from './envelope.ts';

/** Every lane, in the order in which people are shown them. */
export const lanes: readonly Lane[] = ['servers', 'scans', 'system', 'notifications', 'commands'];

/** By the second part of the event type, which names the machine. */
const laneOfMachine: Readonly<Record<string, Lane>> = {
  server: 'servers',
  engine: 'servers',
  scan: 'scans',
  session: 'scans',
  notification: 'notifications',
  command: 'commands',
};

/** The lane of an event, from its type alone: `sekisho.server.healthy.v1` is of `servers`. What is not known is `system`. */
export function laneOf(event: Pick<Envelope, 'type'>): Lane {
  const [, machine = ''] = event.type.split('.');
  return laneOfMachine[machine] ?? 'system';
}
