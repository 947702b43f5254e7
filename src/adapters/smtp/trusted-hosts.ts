import { BlockList, isIP } from 'node:net';

/** Address of a client that came by a unix socket. */
export const UNIX_CLIENT = 'unix';

/** A list of hosts that cannot be read. */
export class BadTrustedHost extends Error {
  constructor(entry: string) {
    super(`"${entry}" is no IP address, no network like 192.0.2.0/24 or 2001:db8::/32, and not "unix"`);
    this.name = 'BadTrustedHost';
  }
}

/**
 * Whether a client's address is in the list.
 * @param entries IP addresses, networks in CIDR notation, or `unix` for clients of unix sockets; throws `BadTrustedHost`
 */
export function trustedHosts(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) if (entry !== UNIX_CLIENT) add(list, entry);
  const unix = entries.includes(UNIX_CLIENT);
  return (address) => {
    const family = isIP(address);
    return family === 0 ? unix && address === UNIX_CLIENT : list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}

function add(list: BlockList, entry: string): void {
  const [address = '', prefix, ...more] = entry.split('/');
  const family = isIP(address);
  const bitsMax = family === 6 ? 128 : 32;
  const bits = prefix === undefined ? bitsMax : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (family === 0 || more.length > 0 || !(bits <= bitsMax)) throw new BadTrustedHost(entry);
  list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
}
