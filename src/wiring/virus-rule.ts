import type { Settings } from '../adapters/settings/settings.ts';
import { findingKinds, type SideAction } from '../events/scan.ts';
import type { VirusRule } from '../machines/virus-rule.ts';

/** The virus rule of `[virus_rule]`. It stands in the first event of every scan, so what it does not use is left out. */
export function virusRule({ virus_rule: values, notify, rules }: Settings): VirusRule {
  const also = findingKinds
    .map((kind) => [kind, values[`${kind}_also`]] as const)
    .filter(([, besides]) => besides.length > 0);
  return {
    malware: values.malware_action,
    ambiguous: values.ambiguous_action,
    encrypted: values.encrypted_action,
    unsupported: values.unsupported_action,
    unreadable: values.unreadable_action,
    limit: values.limit_action,
    ...(also.length > 0 && { also: Object.fromEntries(also) }),
    ...(values.change_recipient_to !== undefined && { recipient: values.change_recipient_to }),
    ...([...also.map(([, besides]) => besides), ...rules.map((rule) => rule.also)].flat().some(tellsPeople) && {
      telling: { ownDomains: notify.own_domains, outside: values.notify_outside },
    }),
  };
}

function tellsPeople(side: SideAction): boolean {
  return side === 'notify_recipient' || side === 'notify_sender';
}
