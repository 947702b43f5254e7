import { findingKinds } from '../../events/scan.ts';
import { actionChecks } from './action-checks.ts';
import type { CrossCheck } from './cross-checks.ts';

/** Contradictions within the virus rule. */
export const virusRuleChecks: readonly CrossCheck[] = [
  ...findingKinds.flatMap((kind) =>
    actionChecks({
      action: `virus_rule.${kind}_action`,
      also: `virus_rule.${kind}_also`,
      read: ({ virus_rule }) => ({ action: virus_rule[`${kind}_action`], also: virus_rule[`${kind}_also`] }),
    }),
  ),
  {
    keys: ['virus_rule.archive_folder', 'quarantine.folder', 'sps.folder', 'state.folder'],
    holds: ({ virus_rule, quarantine, sps, state }) =>
      ![quarantine.folder, sps.folder, state.folder].some((folder) => folder === virus_rule.archive_folder),
    wrong: 'the archive must have a folder of its own',
  },
];
