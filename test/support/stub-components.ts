import type {
  ComponentAtHand,
  ComponentDownload,
  ComponentStore,
  StoredComponent,
} from '../../src/actors/ports/components.ts';
import type { ContentEngine, PatternSet, QueryFilter, ScanComponents } from '../../src/actors/ports/scanning.ts';
import type { ComponentName } from '../../src/events/command.ts';

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

/** A download without files. */
export function download(component: ComponentName, version: string, fetchedAtMs = 7): ComponentDownload {
  return { component, version, number: 1, patternId: 'main', files: [], fetchedAtMs };
}

/** Components in memory that a test replaces as it likes; installing takes the version of the download and nothing else. */
export class StubComponents implements ComponentStore {
  components: ScanComponents;
  readonly installed: string[] = [];
  readonly confirmed: string[] = [];
  problems: { component: ComponentName; problem: string }[] = [];
  /** What a rollback goes back to, and what was in use before. */
  before = '0';
  readonly heldBack = new Map<ComponentName, string>();
  /** Throws to refuse a download. */
  onInstall: (component: ComponentName) => void = () => {};

  constructor(components: ScanComponents) {
    this.components = components;
  }

  current(): ScanComponents {
    return this.components;
  }

  async load() {
    return this.problems;
  }

  atHand(component: ComponentName): ComponentAtHand {
    const version = this.components[component]?.version;
    return { versions: [version, this.heldBack.get(component)].filter((each) => each !== undefined), files: [] };
  }

  async install({ component, version, fetchedAtMs }: ComponentDownload): Promise<void> {
    this.onInstall(component);
    const first = component === 'filter' ? setFilter(new Set()) : wordPattern(component);
    const replaced = { ...(this.components[component] ?? first), version, checkedAtMs: fetchedAtMs };
    this.components = { ...this.components, [component]: replaced };
    this.heldBack.delete(component);
    this.installed.push(`${component} ${version}`);
  }

  async rollback(component: ComponentName): Promise<{ from: string; to: string }> {
    const from = this.components[component]?.version ?? '';
    await this.install(download(component, this.before, 0));
    this.heldBack.set(component, from);
    return { from, to: this.before };
  }

  async versions(): Promise<StoredComponent[]> {
    return [];
  }

  confirm(component: ComponentName, atMs: number): void {
    const found = this.components[component];
    if (found) this.components = { ...this.components, [component]: { ...found, checkedAtMs: atMs } };
    this.confirmed.push(component);
  }
}
