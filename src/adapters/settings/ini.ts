/** A `key = value` line. */
export interface IniEntry {
  section: string;
  key: string;
  value: string;
  /** From 1. */
  line: number;
}

/** A line that cannot be read. */
export interface IniFault {
  line: number;
  message: string;
}

/** What a file says. A faulty line is left out of `entries`. */
export interface IniContent {
  entries: readonly IniEntry[];
  /** Sections by name, with the line where each starts. */
  sections: ReadonlyMap<string, number>;
  faults: readonly IniFault[];
}

/**
 * Reads `[section]` and `key = value` lines. `;` and `#` start a comment at the start of a line or after a space.
 * A value in double quotes keeps spaces and comment signs; in it `\"` and `\\` stand for `"` and `\`.
 * A section and a key within it may stand once only, so that nobody edits a line that does not count.
 */
export function parseIni(text: string): IniContent {
  const entries: IniEntry[] = [];
  const sections = new Map<string, number>();
  const faults: IniFault[] = [];
  let section: string | undefined;
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const content = readLine(raw.trim());
    if (content.kind === 'fault') {
      faults.push({ line, message: content.message });
    } else if (content.kind === 'section') {
      section = content.name;
      const earlier = sections.get(section);
      if (earlier === undefined) sections.set(section, line);
      else faults.push({ line, message: `[${section}] stands on line ${earlier} already` });
    } else if (content.kind === 'pair') {
      if (section === undefined) faults.push({ line, message: `${content.key} stands before any [section]` });
      else entries.push({ section, key: content.key, value: content.value, line });
    }
  }
  return { ...withoutDuplicates(entries, faults), sections };
}

type Line =
  | { kind: 'blank' }
  | { kind: 'section'; name: string }
  | { kind: 'pair'; key: string; value: string }
  | { kind: 'fault'; message: string };

const comment = String.raw`(?:\s+[;#].*)?`;
const sectionForm = new RegExp(String.raw`^\[\s*([^\[\]\s]+)\s*\]${comment}$`);
const pairForm = /^([^\s=[\]"]+)\s*=\s*(.*)$/;
const quotedForm = new RegExp(String.raw`^"((?:[^"\\]|\\["\\])*)"${comment}$`);

function readLine(line: string): Line {
  if (line === '' || line.startsWith(';') || line.startsWith('#')) return { kind: 'blank' };
  const [, name] = sectionForm.exec(line) ?? [];
  if (name !== undefined) return { kind: 'section', name };
  const [, key, rest] = pairForm.exec(line) ?? [];
  if (key === undefined || rest === undefined) {
    return { kind: 'fault', message: 'is neither [section] nor key = value nor a comment' };
  }
  if (!rest.startsWith('"')) return { kind: 'pair', key, value: rest.replace(/(^|\s+)[;#].*$/, '') };
  const [, quoted] = quotedForm.exec(rest) ?? [];
  if (quoted === undefined)
    return { kind: 'fault', message: `the quoted value of ${key} does not end, or more follows it` };
  return { kind: 'pair', key, value: quoted.replace(/\\(.)/g, '$1') };
}

function withoutDuplicates(entries: readonly IniEntry[], faults: readonly IniFault[]) {
  const first = new Map<string, IniEntry>();
  const duplicates: IniFault[] = [];
  for (const entry of entries) {
    const name = `[${entry.section}] ${entry.key}`;
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, entry);
    else duplicates.push({ line: entry.line, message: `${name} stands on line ${earlier.line} already` });
  }
  return { entries: [...first.values()], faults: [...faults, ...duplicates] };
}
