import { styleText } from 'node:util';
import { printable } from '../events/printable.ts';
import { foundBy } from '../projections/messages/found-by.ts';
import type { Language } from './language.ts';
import { ambiguityWord, scanWord, unscannableWord } from './scan-words.ts';
import type { Scanned, ScannedFile, ScanReport } from './scanned.ts';

/** What stands in one place of the tree. */
interface Node {
  name: string;
  files: ScannedFile[];
  troubles: string[];
  inner: Map<string, Node>;
}

const colours: Readonly<Record<Scanned, 'red' | 'yellow' | 'green'>> = {
  ...{ malware: 'red', ambiguous: 'yellow', unscannable: 'yellow', undecided: 'yellow', clean: 'green' },
};

/** A content and everything found in it, as a tree. Whatever came from it is escaped. */
export function scanTree(report: ScanReport, language: Language): string[] {
  const root: Node = { name: '', files: [], troubles: [], inner: new Map() };
  for (const file of report.files) nodeAt(root, file.path).files.push(file);
  for (const { reason, path } of report.unscannable)
    nodeAt(root, path).troubles.push(`${scanWord('unscannable', language)}: ${unscannableWord(reason, language)}`);
  for (const { reason, path } of report.ambiguous)
    nodeAt(root, path).troubles.push(`${scanWord('ambiguous', language)}: ${ambiguityWord(reason, language)}`);
  const verdict = styleText(colours[report.verdict], scanWord(report.verdict, language));
  const size = `${report.size} ${scanWord('bytes', language)}`;
  const subject = report.subject === undefined ? [] : [`"${printable(report.subject)}"`];
  return [
    [`${printable(report.name)}: ${verdict}`, size, ...subject].join(', '),
    ...root.troubles.map((trouble) => `  ${styleText('yellow', printable(trouble))}`),
    ...branches(root, report.asked, language),
  ];
}

function nodeAt(root: Node, path: readonly string[]): Node {
  return path.reduce((node, name) => {
    const found = node.inner.get(name) ?? { name, files: [], troubles: [], inner: new Map() };
    node.inner.set(name, found);
    return found;
  }, root);
}

interface Branch {
  node: Node;
  indent: string;
  isLast: boolean;
}

/** Depth first, without recursion: how deep files lie is up to whoever sends them. */
function branches(root: Node, asked: ScanReport['asked'], language: Language): string[] {
  const lines: string[] = [];
  const open: Branch[] = branchesOf(root, '');
  for (let branch = open.pop(); branch !== undefined; branch = open.pop()) {
    const { node, isLast } = branch;
    const below = `${branch.indent}${isLast ? '   ' : '│  '}`;
    lines.push(`${branch.indent}${isLast ? '└─ ' : '├─ '}${titleOf(node)}`);
    const hasMore = node.inner.size > 0;
    for (const line of [...node.files.flatMap((file) => fileLines(file, asked, language)), ...troubleLines(node)])
      lines.push(`${below}${hasMore ? '│  ' : '   '}${line}`);
    open.push(...branchesOf(node, below));
  }
  return lines;
}

function branchesOf({ inner }: Node, indent: string): Branch[] {
  return [...inner.values()].map((node, index) => ({ node, indent, isLast: index === inner.size - 1 })).reverse();
}

function titleOf({ name, files }: Node): string {
  const types = [...new Set(files.flatMap(({ types: some = [] }) => some))];
  return `${printable(name)}${types.length > 0 ? `  [${types.join(', ')}]` : ''}`;
}

function troubleLines({ troubles }: Node): string[] {
  return troubles.map((trouble) => styleText('yellow', printable(trouble)));
}

function fileLines(file: ScannedFile, asked: ScanReport['asked'], language: Language): string[] {
  const { names, declared, place, readings, malware, toAsk } = file;
  const bytes = scanWord('bytes', language);
  return [
    ...(declared === undefined ? [] : [`${place}, ${scanWord('declared', language)} ${printable(declared)}`]),
    ...(names === undefined ? [] : [`${scanWord('names', language)}: ${names.map(printable).join(', ')}`]),
    ...readings.map(({ size, sha256 }) => `${sha256}  ${size} ${bytes}`),
    ...malware.map((found) => {
      const said = `${scanWord('malware', language)} ${found.name} (${foundBy(found, language)})`;
      return styleText('red', printable(said));
    }),
    ...(toAsk.length > 0 && malware.length === 0 ? [askText(asked, language)] : []),
  ];
}

/** What is known of a file whose hash is in the filter. */
function askText(asked: ScanReport['asked'], language: Language): string {
  if (asked === undefined) return scanWord('ask', language);
  return 'problem' in asked ? scanWord('failed', language) : `${scanWord('known', language)} (${asked.server})`;
}
