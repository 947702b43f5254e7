import { setTimeout as wait } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import type { World } from './world.ts';

/** A fault: what happens, and afterwards everything runs again. */
export interface Fault {
  name: string;
  happen(world: World, chance: Chance): Promise<void>;
}

/** Every kind. @param hangMsMax how long a broker hangs at most, in milliseconds */
export function faultsUpTo(hangMsMax: number): readonly Fault[] {
  return [
    // The relay runs in a thread of the gateway and dies with it.
    { name: 'kill -9 of gateway and relay', happen: (world) => world.killGateway() },
    { name: 'kill -9 of the projection', happen: (world) => world.killView() },
    {
      name: 'kill -9 of the broker',
      async happen({ kafka }, chance) {
        await kafka.kill();
        await wait(chance.number(1000));
        await kafka.start();
      },
    },
    {
      name: 'a broker that hangs',
      async happen({ kafka }, chance) {
        kafka.pause();
        await wait(500 + chance.number(hangMsMax));
        kafka.resume();
      },
    },
    {
      name: 'gateway and broker at once',
      async happen(world) {
        await Promise.all([world.killGateway(), world.kafka.kill().then(() => world.kafka.start())]);
      },
    },
  ];
}
