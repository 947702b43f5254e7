/** Source in the store of entries that do not say who says so. */
export const feedSource = 'kafka';
const prefix = `${feedSource}.`;
/** A store has a few sources, and a topic may name any number: those after so many are not told apart. */
const sourcesMax = 100;

/** Gives each source that the topic names its own in the store, `kafka.<source>`, up to a hundred of them. */
export function feedSourceNames(): (source: string) => string {
  const named = new Set<string>();
  return (source) => {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/.test(source)) return feedSource;
    if (!named.has(source) && named.size === sourcesMax) return feedSource;
    named.add(source);
    return prefix + source;
  };
}

/** Whether a source of the store is one of the feed's. */
export function isFeedSource(name: string): boolean {
  return name === feedSource || name.startsWith(prefix);
}

/** Who says so, for the topic: what came from there keeps its name. */
export function sourceForTopic(name: string): string {
  if (name === feedSource) return '';
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
