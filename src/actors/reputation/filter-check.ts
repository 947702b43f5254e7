import type { Clock } from '../ports/clock.ts';
import type { ReputationService, ServerAddress } from '../ports/reputation.ts';
import type { ComponentStore } from '../ports/scanning.ts';

/** What a version check of the filter needs. */
export interface FilterCheckParts {
  components: ComponentStore;
  reputation: ReputationService;
  clock: Clock;
}

/**
 * The version check of the filter at one server, with the download and installation of a newer one. It succeeds only when
 * the newest filter is in use: one that is refused is a malformed answer (D5).
 */
export async function checkFilter(
  { components, reputation, clock }: FilterCheckParts,
  address: ServerAddress,
  signal: AbortSignal,
): Promise<'unchanged' | 'installed'> {
  const found = await reputation.filter(address, components.current().filter?.version, signal);
  if (found === 'unchanged') {
    components.confirm('filter', clock.now());
    return found;
  }
  await components.installFilter(found);
  return 'installed';
}
