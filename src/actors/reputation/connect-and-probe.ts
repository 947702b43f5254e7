import { fromPromise } from 'xstate';
import type { Epoch } from '../epoch.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReputationService, ServerAddress } from '../ports/reputation.ts';
import type { ComponentStore } from '../ports/scanning.ts';
import { checkFilter } from './filter-check.ts';

/** SHA-256 of the EICAR test file: every server must know it (D16). */
export const canarySha256 = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';

interface Target {
  address: ServerAddress;
  reputation: ReputationService;
}

/** The effects of the server machine: the connect attempt (D13) and the probe of a failed-over server (D16). */
export function connectAndProbe(newest: () => Epoch | undefined, components: ComponentStore, clock: Clock) {
  function target(server: string): Target {
    const epoch = newest();
    const address = epoch?.servers.addresses.find(({ id }) => id === server);
    if (!epoch || !address) throw new Error(`${server} is not in the list`);
    return { address, reputation: epoch.reputation };
  }
  return {
    connect: fromPromise<void, { server: string }>(async ({ input, signal }) => {
      const { address, reputation } = target(input.server);
      await reputation.connect(address, signal);
    }),
    probe: fromPromise<void, { server: string }>(async ({ input, signal }) => {
      const { address, reputation } = target(input.server);
      await checkFilter({ components, reputation, clock }, address, signal);
      const { answers } = await reputation.query(address, [canarySha256], signal);
      if (answers[0]?.verdict !== 'malicious') throw new Error('the server does not know the EICAR test file');
    }),
  };
}
