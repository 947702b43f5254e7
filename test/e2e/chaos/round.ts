import { setTimeout as wait } from 'node:timers/promises';
import { chanceOf } from './chance.ts';
import { faultsUpTo } from './faults.ts';
import { gather } from './gather.ts';
import { type History, judge } from './history.ts';
import { startSenders } from './senders.ts';
import { World } from './world.ts';

export interface RoundOptions {
  /** Of chance: the same seed gives the same faults in the same order. */
  seed: number;
  /** How many faults. */
  faults: number;
  /** Clients at the same time. */
  sessions: number;
  /** How long a broker hangs at most. */
  hangMsMax: number;
  tell(line: string): void;
}

/** What a round has shown. */
export interface RoundResult {
  violations: readonly string[];
  history: History;
  /** Records that are in the topics more than once: sent again after a crash, and dropped by the projection. */
  repeats: number;
}

/** One round: load all the time, faults at random moments, and then the judge. */
export async function round({ seed, faults, sessions, hangMsMax, tell }: RoundOptions): Promise<RoundResult> {
  const chance = chanceOf(seed);
  const kinds = faultsUpTo(hangMsMax);
  const world = await World.start();
  try {
    const senders = startSenders(() => world.address, sessions);
    for (let number = 1; number <= faults; number++) {
      await wait(300 + chance.number(1500));
      // The first ones are each kind once.
      const fault = kinds[number - 1] ?? chance.pick(kinds);
      tell(`${number}/${faults} ${fault.name}`);
      await fault.happen(world, chance);
    }
    await wait(500);
    await senders.stop();
    const history = await gather(world, senders.sent);
    const { journal, topics, accepted } = history;
    const repeats = topics.length - new Set(topics.map(({ id }) => id)).size;
    tell(
      `${accepted.length} mails, ${journal.length} events, ${repeats} of them sent again; refused ${senders.sent.refused}`,
    );
    return { violations: judge(history), history, repeats };
  } finally {
    await world.close();
  }
}
