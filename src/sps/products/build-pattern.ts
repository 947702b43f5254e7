import type { LocalPattern, Snapshot } from '../data/snapshot.ts';
import type { PackageFile } from '../protocol/component-package.ts';
import type { FilePool } from './file-pool.ts';
import type { Built } from './next-version.ts';

/** Writes the files of a local pattern: hash signatures as ClamAV has them, samples, and rules. */
export function buildPattern(snapshot: Snapshot, pattern: LocalPattern, pool: FilePool): Built {
  let entries = 0;
  function* counted(lines: Iterable<string>): Generator<string> {
    for (const line of lines) {
      entries++;
      yield line;
    }
  }
  const samples = snapshot.pieces('sample', pattern).map(({ content }) => content);
  const rules = snapshot.pieces('rules', pattern);
  const contents: [name: string, content: Iterable<string>][] = [
    [`${pattern}.hdb`, counted(snapshot.lines(pattern, 'hdb'))],
    [`${pattern}.hsb`, counted(snapshot.lines(pattern, 'hsb'))],
    [`${pattern}.shs`, counted(samples)],
    ...rules.map(({ content }, n): [string, string[]] => [rulesName(rules, n), content === '' ? [] : [content]]),
  ];
  const files = contents.map(([name, content]): PackageFile => ({ name, ...pool.write(content) }));
  return { entries, files: files.filter(({ size }) => size > 0) };
}

/** Of two that differ in nothing but case, some file systems hold one: the second gets a number. */
function rulesName(rules: readonly { name: string }[], index: number): string {
  const name = rules[index]?.name ?? '';
  const before = rules.slice(0, index).filter((other) => other.name.toLowerCase() === name.toLowerCase()).length;
  return before === 0 ? `${name}.yar` : `${name}.${before + 1}.yar`;
}
