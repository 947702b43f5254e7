/** Event ids are `<prefix>.<counter>`: the prefix of a process, and a counter in base 36 that grows in the order of the log. */
export interface CountedId {
  prefix: string;
  counter: number;
}

// Strict, so that no id of somebody else is taken for one of ours: order means nothing in those.
const form = /^([0-9a-f]{8}-[0-9a-f]{4})\.([0-9a-z]{1,10})$/;

/** The prefix of a process: unique for ever, from a random UUID. */
export function idPrefixOf(uuid: string): string {
  return uuid.slice(0, 13);
}

/** The parts of an id of ours; undefined for ids of another form, which say nothing of their order. */
export function countedId(id: string): CountedId | undefined {
  const [, prefix, digits] = form.exec(id) ?? [];
  return prefix === undefined || digits === undefined ? undefined : { prefix, counter: Number.parseInt(digits, 36) };
}
