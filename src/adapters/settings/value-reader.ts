import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { CrossCheck } from './cross-checks.ts';
import { type GivenText, givenText, originText, shownText } from './origin.ts';
import type { DefaultSource, SectionValues } from './section.ts';
import { definitionOf, keys, type NamedKind, namedSections, type SettingsValues, tables } from './tables.ts';
import { isHost } from './values/host.ts';
import { InvalidValue } from './values/value-type.ts';

/** Turns texts into values. A text that cannot be read is a problem, and its key keeps the default for the checks that follow. */
export class ValueReader {
  readonly problems: string[] = [];
  readonly #texts: ReadonlyMap<string, GivenText>;
  readonly #broken = new Set<string>();
  readonly #folders: { file: string; cwd: string };
  #source: DefaultSource | undefined;

  /** Of two texts for a key the later wins. Relative paths start at the file's folder, or else at `cwd`. */
  constructor(texts: readonly GivenText[], { file, cwd }: { file: string | undefined; cwd: string }) {
    this.#texts = new Map(texts.map((text) => [`${text.section}.${text.key}`, text]));
    this.#folders = { file: file === undefined ? cwd : dirname(file), cwd };
  }

  /** Reads every key. */
  values(): SettingsValues {
    const sections = Object.fromEntries(Object.keys(tables).map((name) => [name, {} as Record<string, unknown>]));
    const read = (derived: boolean) => {
      for (const [name, { section, key, default: text }] of keys) {
        if ((typeof text !== 'string') === derived) Object.assign(sections[section] ?? {}, { [key]: this.#read(name) });
      }
      return sections as unknown as SettingsValues;
    };
    // Defaults that are made from other values come last, when those are there.
    this.#source = sourceOf(read(false));
    return read(true);
  }

  /** Reads the keys of one section with a name, `policy.NAME`. */
  named<Kind extends NamedKind>(kind: Kind, name: string): SectionValues<(typeof namedSections)[Kind]> {
    const values = Object.keys(namedSections[kind].keys).map((key) => [key, this.#read(`${kind}.${name}.${key}`)]);
    return Object.fromEntries(values) as SectionValues<(typeof namedSections)[Kind]>;
  }

  /** What is given for `section.key`; '' where nothing is. */
  textOf(name: string): string {
    return this.#texts.get(name)?.text ?? '';
  }

  /** The text of `section.key`, or its default; throws `RangeError` when there is no such key. */
  given(name: string): GivenText {
    return this.#texts.get(name) ?? this.#default(name);
  }

  /** Whether the text of `section.key`, or its default, could be read; call it after `values`. */
  isSound(name: string): boolean {
    return !this.#broken.has(name);
  }

  /** What contradicts itself among the values that could be read. */
  contradictions(values: SettingsValues, checks: readonly CrossCheck[]): string[] {
    return checks
      .filter((check) => !check.keys.some((name) => this.#broken.has(name)) && !check.holds(values))
      .map((check) => {
        const given = check.keys.map((name) => this.given(name));
        const blamed = given.find(({ origin }) => origin.from !== 'default') ?? this.given(check.keys[0]);
        const others = given.filter(({ section, key }) => section !== blamed.section || key !== blamed.key);
        return `${givenText(blamed)}: ${check.wrong} (${others.map(besideText).join('; ')})`;
      });
  }

  #default(name: string): GivenText {
    const definition = definitionOf(name);
    if (definition === undefined) throw new RangeError(`there is no setting ${name}`);
    const { section, key, default: text } = definition;
    const derived = () => (typeof text === 'string' || this.#source === undefined ? '' : text.from(this.#source));
    return { section, key, text: typeof text === 'string' ? text : derived(), origin: { from: 'default' } };
  }

  #read(name: string): unknown {
    const given = this.given(name);
    try {
      return this.#parse(name, given);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      this.#broken.add(name);
      this.problems.push(`${givenText(given)}: ${shownText(error.message)}`);
      return this.#parse(name, this.#default(name));
    }
  }

  #parse(name: string, { text, origin }: GivenText): unknown {
    return definitionOf(name)?.type.parse(text, {
      folder: origin.from === 'file' ? this.#folders.file : this.#folders.cwd,
    });
  }
}

function besideText({ section, key, text, origin }: GivenText): string {
  return `[${section}] ${key} = ${shownText(text)}, ${originText(origin)}`;
}

function sourceOf({ state, smart_scan, smtp, scan }: SettingsValues): DefaultSource {
  return {
    // Some machines are named what no host may be named.
    hostName: isHost(hostname()) ? hostname() : 'localhost',
    stateFolder: state.folder,
    firstServerUrl: `https://${smart_scan.servers[0]?.id}`,
    queryTimeoutMs: smart_scan.query_timeout_ms,
    clientsMax: smtp.clients_max,
    messageSecondsMax: scan.message_seconds_max,
    unpackedBytesMax: scan.message_bytes_max,
  };
}
