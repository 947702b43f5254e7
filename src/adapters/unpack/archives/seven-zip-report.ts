import type { UnscannableReason } from '../../../actors/ports/scanning.ts';

/** What 7-Zip said about an archive. */
export interface Report {
  /** False when the content is not what it should be, as far as 7-Zip can see. */
  opened: boolean;
  /** Trouble with single files. */
  byName: Map<string, UnscannableReason>;
  /** Trouble with the archive. */
  problems: Set<UnscannableReason>;
  /** Where the archive ends, when 7-Zip knows. */
  end: number | undefined;
}

/** About links, folders and attributes, which are not wanted. */
const HARMLESS = /^ERROR: (?:Cannot create (?:hard|symbolic) link|Cannot set|Cannot create folder|Dangerous)/;
/** `ERROR: Data Error : folder/name` */
const OF_A_FILE = /^ERROR: ([A-Z][^:]*) : (.*)$/;
/** `ERROR = Missing volume : name`, `Open ERROR: ...`, and lines under the heading `ERRORS:`. */
const OF_ALL =
  /^(?:ERROR = |Open ERROR|ERROR: )|^(?:Missing volume|Unexpected end|Headers? Error|Unavailable|Unconfirmed|Unsupported|Can't allocate|Cannot open encrypted)/;
const NOT_OPENED = /^Can't open as archive: [1-9]/;
const NO_ARCHIVE = /Cannot open the file as|^ERROR: \/|^Is not archive/;
const DONE = 'Everything is Ok';
const SIZE = /^(Offset|Physical Size) = (\d+)$/;

/** Reads the lines that 7-Zip prints when it extracts. Names in them can make trouble look worse, but not go away. */
export function readReport(lines: readonly string[]): Report {
  const byName: Report['byName'] = new Map();
  const problems: Report['problems'] = new Set();
  const sizes = new Map<string, number>();
  let harmless = false;
  for (const line of lines) {
    const [, what, name] = OF_A_FILE.exec(line) ?? [];
    const [, key, size] = SIZE.exec(line) ?? [];
    if (HARMLESS.test(line)) harmless = true;
    else if (what !== undefined && name !== undefined) byName.set(name, reasonOf(what));
    else if (OF_ALL.test(line) && !NO_ARCHIVE.test(line)) problems.add(reasonOf(line));
    // The first is of the archive; what looks like one in a comment comes later.
    else if (key !== undefined && !sizes.has(key)) sizes.set(key, Number(size));
  }
  const failed = lines.some((line) => NOT_OPENED.test(line));
  const said = byName.size > 0 || problems.size > 0 || harmless || lines.some((line) => line.startsWith(DONE));
  if (failed ? problems.size === 0 : !said && !lines.some(isWarning)) problems.add('damaged');
  const opened = !failed || problems.has('encrypted') || problems.has('partial');
  const physical = sizes.get('Physical Size');
  return { opened, byName, problems, end: physical === undefined ? undefined : (sizes.get('Offset') ?? 0) + physical };
}

/** Something follows the archive; that is looked at by itself. */
function isWarning(line: string): boolean {
  return line.startsWith('There are data after the end of archive');
}

function reasonOf(text: string): UnscannableReason {
  if (text.includes('Missing volume')) return 'partial';
  if (/password|encrypted/.test(text)) return 'encrypted';
  if (text.includes('Unsupported')) return 'unsupported';
  return text.includes('allocate') ? 'too-large' : 'damaged';
}
