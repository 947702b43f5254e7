import type {
  ComponentStore,
  ContentEngine,
  FilterDownload,
  PatternDownload,
  PatternName,
  PatternSet,
  QueryFilter,
  ScanComponents,
} from '../../src/actors/ports/scanning.ts';

/** A pattern that finds files by a word in them: a content pattern of the engine `word`. */
export function wordPattern(word: string, options: Partial<PatternSet> = {}): PatternSet {
  return {
    version: '1',
    checkedAtMs: 0,
    entries: 1,
    digests: [],
    match: () => undefined,
    contentPatterns: [{ engine: 'word', id: word, data: word }],
    ...options,
  };
}

/** How to load the patterns of `wordPattern`. */
export const wordEngine = {
  word: (word: unknown): ContentEngine => ({
    match: (content) => (Buffer.from(content).includes(word as string) ? [`Test.${word}`] : []),
  }),
};

/** A filter over a set of hashes that may still grow. */
export function setFilter(hashes: ReadonlySet<string>, options: Partial<QueryFilter> = {}): QueryFilter {
  return { version: '1', checkedAtMs: 0, has: (sha256) => hashes.has(sha256), ...options };
}

/** Components in memory that a test replaces as it likes; installing takes the version of the download and nothing else. */
export class StubComponents implements ComponentStore {
  components: ScanComponents;
  readonly installed: string[] = [];
  readonly confirmed: string[] = [];
  problems: { component: PatternName | 'filter'; problem: string }[] = [];
  /** Throws to refuse a download. */
  onInstall: (component: PatternName | 'filter') => void = () => {};

  constructor(components: ScanComponents) {
    this.components = components;
  }

  current(): ScanComponents {
    return this.components;
  }

  async load() {
    return this.problems;
  }

  async installPattern(name: PatternName, { version, fetchedAtMs }: PatternDownload): Promise<void> {
    this.onInstall(name);
    const pattern = this.components[name] ?? wordPattern(name);
    this.components = { ...this.components, [name]: { ...pattern, version, checkedAtMs: fetchedAtMs } };
    this.installed.push(`${name} ${version}`);
  }

  async installFilter({ version, fetchedAtMs }: FilterDownload): Promise<void> {
    this.onInstall('filter');
    const filter = this.components.filter ?? setFilter(new Set());
    this.components = { ...this.components, filter: { ...filter, version, checkedAtMs: fetchedAtMs } };
    this.installed.push(`filter ${version}`);
  }

  confirm(component: PatternName | 'filter', atMs: number): void {
    const found = this.components[component];
    if (found) this.components = { ...this.components, [component]: { ...found, checkedAtMs: atMs } };
    this.confirmed.push(component);
  }
}
