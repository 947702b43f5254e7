import { fromPromise } from 'xstate';
import { isOurs } from '../../events/component-problem.ts';
import type { ComponentUpdate } from '../component-update.ts';
import type { Epoch } from '../epoch.ts';
import type { Clock } from '../ports/clock.ts';
import { ComponentRefused } from '../ports/components.ts';
import type { ReputationService, ServerAddress } from '../ports/reputation.ts';
import { checkFilter } from './filter-check.ts';
import type { OpenService } from './services.ts';

/** SHA-256 of the EICAR test file: every server must know it (D16). */
export const canarySha256 = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';

interface Target {
  address: ServerAddress;
  reputation: ReputationService;
}

/** The effects of the server machine: the connect attempt (D13) and the probe of a failed-over server (D16). */
export function connectAndProbe(newest: () => Epoch | undefined, update: ComponentUpdate, clock: Clock) {
  function target(server: string): Target {
    const epoch = newest();
    const address = epoch?.servers.addresses.find(({ id }) => id === server);
    if (!epoch || !address) throw new Error(`${server} is not in the list`);
    return { address, reputation: epoch.reputation };
  }
  const serviceOf = (name: string) => newest()?.services.find(({ settings }) => settings.name === name);
  return {
    connect: fromPromise<void, { server: string }>(async ({ input, signal }) => {
      const service = serviceOf(input.server);
      if (service) return service.outside.connect(signal);
      const { address, reputation } = target(input.server);
      await reputation.connect(address, signal);
    }),
    probe: fromPromise<void, { server: string }>(async ({ input, signal }) => {
      const service = serviceOf(input.server);
      if (service) return probeService(service, clock, signal);
      const { address, reputation } = target(input.server);
      await checkFilter({ update, reputation }, address, signal).catch((error) => {
        // With a full disk here the filter in use has to do; the server is as good as it was.
        if (!(error instanceof ComponentRefused && isOurs(error.kind))) throw error;
      });
      const { answers } = await reputation.query(address, [canarySha256], signal);
      if (answers[0]?.verdict !== 'malicious') throw new Error('the server does not know the EICAR test file');
    }),
  };
}

/** D16 of a service. A probe is a request like any other: without a token none is made. */
function probeService({ settings, outside, budget }: OpenService, clock: Clock, signal: AbortSignal): Promise<void> {
  if (budget.take(clock.now(), settings.limits) > 0) throw new Error('no request is left of the quota');
  return outside.probe(signal);
}
