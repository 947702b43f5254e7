import type { ComponentUpdate } from '../component-update.ts';
import type { ReputationService, ServerAddress } from '../ports/reputation.ts';

/** What a version check of the filter needs. */
export interface FilterCheckParts {
  update: ComponentUpdate;
  reputation: ReputationService;
}

/**
 * The version check of the filter at one server, with the download and installation of a newer one. It succeeds only when
 * the newest filter is in use: one that is refused is a malformed answer (D5).
 */
export function checkFilter(
  { update, reputation }: FilterCheckParts,
  address: ServerAddress,
  signal: AbortSignal,
): Promise<'unchanged' | 'installed'> {
  return update('filter', (atHand, turn) => reputation.filter(address, atHand, signal, turn), signal);
}
