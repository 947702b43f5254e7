import type { ComponentName } from '../events/command.ts';
import type { Clock } from './ports/clock.ts';
import type { ComponentAtHand, ComponentDownload, ComponentStore, DownloadTurn } from './ports/components.ts';
import { ReputationFailure } from './ports/reputation.ts';

/** How a component is fetched, from whatever source. */
export type FetchComponent = (atHand: ComponentAtHand, turn: DownloadTurn) => Promise<ComponentDownload | 'unchanged'>;

/**
 * Fetches a component and takes it into use if it is newer. Throws what the fetch or the store throws. Sources may be asked at the
 * same time, so that one that hangs holds up no other; only one at a time writes files.
 */
export type ComponentUpdate = (
  component: ComponentName,
  fetch: FetchComponent,
  signal: AbortSignal,
) => Promise<'unchanged' | 'installed'>;

/** The one way by which versions come into the store. */
export function createComponentUpdate({ components, clock }: { components: ComponentStore; clock: Clock }) {
  /** By component: the end of the last turn that was asked for. */
  const last = new Map<ComponentName, Promise<void>>();
  const update: ComponentUpdate = async (component, fetch, signal) => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const turn = async () => {
      const before = last.get(component);
      last.set(
        component,
        Promise.all([before, over]).then(() => undefined),
      );
      await before;
      if (signal.aborted) throw new ReputationFailure('timeout', 'another check of the component took all the time');
      return components.atHand(component);
    };
    try {
      const found = await fetch(components.atHand(component), turn);
      if (found === 'unchanged') components.confirm(component, clock.now());
      else await components.install(found);
      return found === 'unchanged' ? found : 'installed';
    } finally {
      end();
    }
  };
  return update;
}
