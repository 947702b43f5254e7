import { erased } from '../../events/personal.ts';
import type { ArrivalRow } from './rows.ts';

/**
 * Keys that are looked for by their beginning, in order of time: a line end parts them, since none can be in an address.
 */
const parted = (...parts: readonly string[]) => parts.join('\n');

/** Those that a message is found by, in lower case: the sender among them, as its mail is looked for as often. */
export function addressesOf({ mailFrom, recipients }: Pick<ArrivalRow, 'mailFrom' | 'recipients'>): string[] {
  const all = new Set([mailFrom, ...recipients].map((address) => address.toLowerCase()));
  all.delete(erased);
  return [...all];
}

/** @param address in lower case */
export function addressKey(address: string, time: string, guid: string): string {
  return parted(address, time, guid);
}

export function failureKey(guid: string, time: string, id: string): string {
  return parted(guid, time, id);
}

/** All keys that begin with these parts, from the next one on (`from`) or before it (`before`), e.g. a time. */
export function keysUnder(part: string, bounds: { from?: string; before?: string } = {}) {
  const { from = '', before } = bounds;
  // The character after the line end.
  return { column: 'key', from: parted(part, from), before: before === undefined ? `${part}\v` : parted(part, before) };
}
