/** What a round of faults has left behind, and whether it may be so: a small judge in the manner of Jepsen's checkers. */

/** An event as the journal holds it. */
export interface JournalEntry {
  sequence: number;
  id: string;
  subject: string;
  /** The whole event as JSON text. */
  text: string;
}

/** A record as a consumer that starts at the beginning reads it. */
export interface TopicRecord {
  topic: string;
  partition: number;
  offset: number;
  key: string;
  id: string;
  text: string;
}

/** Everything that can be known of a round from outside. */
export interface History {
  /** Serial of each mail whose final dot was answered 250. */
  accepted: readonly string[];
  /** Serial of each mail that the next hop took, repeats included. */
  delivered: readonly string[];
  /** Serial of each mail of which the client never learned the outcome: it may arrive twice. */
  unsure: ReadonlySet<string>;
  journal: readonly JournalEntry[];
  topics: readonly TopicRecord[];
  /** How often the counting projection has folded each event id. */
  view: ReadonlyMap<string, number>;
}

/** Sentences, one for each thing that must not be; empty when all is well. */
export function judge(history: History): string[] {
  return [mailViolations, journalViolations, lossViolations, orderViolations, viewViolations].flatMap((check) =>
    bounded(check(history)),
  );
}

/** Of one kind, a few tell as much as thousands. */
function bounded(violations: readonly string[]): string[] {
  const more = violations.length - violationsShownMax;
  return more <= 0 ? [...violations] : [...violations.slice(0, violationsShownMax), `... and ${more} more of these`];
}
const violationsShownMax = 5;

function mailViolations({ accepted, delivered, unsure }: History): string[] {
  const times = new Map<string, number>();
  for (const serial of delivered) times.set(serial, (times.get(serial) ?? 0) + 1);
  return [
    ...accepted.filter((serial) => !times.has(serial)).map((serial) => `mail ${serial} was answered 250 and is lost`),
    ...[...times]
      .filter(([serial, count]) => count > 1 && !unsure.has(serial))
      .map(([serial, count]) => `mail ${serial} arrived ${count} times without a reason`),
  ];
}

function journalViolations({ journal }: History): string[] {
  const ids = new Set<string>();
  return journal.flatMap(({ sequence, id }, index) => {
    const twice = ids.has(id);
    ids.add(id);
    return [
      ...(sequence === (journal[0]?.sequence ?? 0) + index ? [] : [`the journal has a gap before ${sequence}`]),
      ...(twice ? [`the journal has event ${id} twice`] : []),
    ];
  });
}

/** Everything recorded is in its topic, as it was recorded, and nothing else is. */
function lossViolations({ journal, topics }: History): string[] {
  const recorded = new Map(journal.map((entry) => [entry.id, entry]));
  const arrived = new Set(topics.map(({ id }) => id));
  const wrong = topics.flatMap(({ id, text, key, topic, partition, offset }) => {
    const entry = recorded.get(id);
    const place = `${topic}/${partition}@${offset}`;
    if (entry === undefined) return [`${place} holds event ${id}, which the journal does not know`];
    if (entry.text !== text) return [`${place} holds event ${id} with other text than the journal`];
    return key === entry.subject ? [] : [`${place} has the key ${key} for ${entry.subject}`];
  });
  return [
    ...journal.filter(({ id }) => !arrived.has(id)).map(({ sequence, id }) => `event ${sequence} (${id}) is lost`),
    ...wrong,
  ];
}

/** In a partition, events come for the first time in the order of the journal; what is sent again is older. */
function orderViolations({ journal, topics }: History): string[] {
  const sequenceOf = new Map(journal.map(({ id, sequence }) => [id, sequence]));
  const partitions = Map.groupBy(topics, ({ topic, partition }) => `${topic}/${partition}`);
  return [...partitions].flatMap(([name, records]) => {
    const seen = new Set<string>();
    let newest = 0;
    return records.flatMap(({ id, offset }) => {
      if (seen.has(id)) return [];
      seen.add(id);
      const sequence = sequenceOf.get(id) ?? 0;
      const late = sequence < newest;
      newest = Math.max(newest, sequence);
      return late ? [`${name}@${offset}: event ${sequence} comes after ${newest}`] : [];
    });
  });
}

function viewViolations({ journal, view }: History): string[] {
  return [
    ...journal.filter(({ id }) => !view.has(id)).map(({ sequence, id }) => `the view misses event ${sequence} (${id})`),
    ...[...view].filter(([, times]) => times !== 1).map(([id, times]) => `the view has event ${id} ${times} times`),
  ];
}
