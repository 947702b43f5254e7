import type { Command } from 'commander';
import { Different } from './demo/different.ts';
import { everythingWorks } from './demo/everything-works.ts';
import { createNarrator } from './demo/narrator.ts';
import { outage } from './demo/outage.ts';
import { recovery } from './demo/recovery.ts';
import { withWorld } from './demo/world.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

const stepCount = 11;

export function configure(command: Command): void {
  command
    .description(
      'Shows an outage of the Smart Protection Server from beginning to end, with real mail: 451, the trip at the 11th ' +
        'failure, failover to conventional scan, and the return. Takes about 10 s. It has a folder, ports and settings ' +
        'of its own, leaves nothing behind, and takes no notice of imss.ini. Exit code 70 if anything goes otherwise than told.',
    )
    .addHelpText('after', '\nExamples:\n  $ sekisho demo\n  $ FORCE_COLOR=1 sekisho demo | less -R')
    .action(() => untilInterrupted(tellStory));
}

async function tellStory(signal: AbortSignal): Promise<void> {
  const narrator = createNarrator(stepCount);
  process.stdout.write('Starting a Smart Protection Server and a gateway ...\n');
  await withWorld(signal, async (world) => {
    for (const part of [everythingWorks, outage, recovery]) await part(world, narrator);
  });
}

/** An interruption ends all that was started, then the process by that very signal, as callers expect. */
async function untilInterrupted(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interruption = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const interrupt = (name: NodeJS.Signals) => interruption.abort(name);
  for (const name of signals) process.on(name, interrupt);
  try {
    await task(interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw failureOf(error);
  } finally {
    for (const name of signals) process.off(name, interrupt);
  }
  if (interruption.signal.aborted) process.kill(process.pid, interruption.signal.reason);
}

function failureOf(error: unknown): unknown {
  if (!(error instanceof Different)) return error;
  return new CommandFailure(exitCodes.software, `the demo went otherwise than told: ${error.message}`, {
    cause: error,
  });
}
