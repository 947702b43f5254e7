import { BlockList, isIP } from 'node:net';
import type { ScanSettings } from '../actors/scan-settings.ts';
import type { Settings } from '../adapters/settings/settings.ts';

/** The rules of `[policy.NAME]`, and what they go by. */
export function policyOf({ policy, rules, notify }: Settings): Pick<ScanSettings, 'policy' | 'isOwnClient'> {
  const own = new BlockList();
  for (const { address, prefix, family } of policy.own_networks) own.addSubnet(address, prefix, family);
  return {
    policy: { rules, ownDomains: notify.own_domains },
    isOwnClient: (address) => isIP(address) !== 0 && own.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
  };
}
