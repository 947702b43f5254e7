import type { ComponentName } from '../events/command.ts';
import type { Clock } from './ports/clock.ts';
import type { ComponentAtHand, ComponentDownload, ComponentStore } from './ports/components.ts';
import { ReputationFailure } from './ports/reputation.ts';

/** How a component is fetched, from whatever source. */
export type FetchComponent = (atHand: ComponentAtHand) => Promise<ComponentDownload | 'unchanged'>;

/**
 * Fetches a component and takes it into use if it is newer. Throws what the fetch or the store throws; `timeout` when the signal
 * aborted before its turn came: a component has one fetch at a time, so that no two write the same files.
 */
export type ComponentUpdate = (
  component: ComponentName,
  fetch: FetchComponent,
  signal: AbortSignal,
) => Promise<'unchanged' | 'installed'>;

/** The one way by which versions come into the store. */
export function createComponentUpdate({ components, clock }: { components: ComponentStore; clock: Clock }) {
  const last = new Map<ComponentName, Promise<unknown>>();
  const update: ComponentUpdate = (component, fetch, signal) => {
    const turn = async () => {
      if (signal.aborted) throw new ReputationFailure('timeout', 'another check of the component took all the time');
      const found = await fetch(components.atHand(component));
      if (found === 'unchanged') {
        components.confirm(component, clock.now());
        return found;
      }
      await components.install(found);
      return 'installed';
    };
    const result = (last.get(component) ?? Promise.resolve()).then(turn, turn);
    last.set(component, result);
    return result;
  };
  return update;
}
