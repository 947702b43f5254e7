import { isIP } from 'node:net';
import { valueType } from './value-type.ts';

/** A range of addresses, in the terms of `net.BlockList.addSubnet`. */
export interface Cidr {
  readonly address: string;
  /** Leading bits that must agree. */
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** An IP address, or a range such as `10.0.0.0/8` (RFC 4632, RFC 4291 2.3). */
export const cidr = valueType('an IP address or a range such as 10.0.0.0/8', (text): Cidr | undefined => {
  const [, address = '', prefixText] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  return prefix <= bits ? { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' } : undefined;
});
