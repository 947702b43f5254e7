import { valueType } from './value-type.ts';

/** A zone under which names are asked for: labels of letters, digits, `-` and `_`, parted by dots. With a SHA-256 before it a name must fit into 253 characters. */
export const dnsZone = valueType('the name of a DNS zone', (text) =>
  text.length <= 150 && text.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?$/i.test(label))
    ? text.toLowerCase()
    : undefined,
);
