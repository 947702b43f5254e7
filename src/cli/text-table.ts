/** Columns as wide as their longest text, for a terminal. What comes from outside must be escaped before. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [...tableLines(headings, rows, rows.length)].map((line) => `${line}\n`).join('');
}

/**
 * The lines of a table that may be endless.
 * @param measuredMax the first so many rows say how wide the columns are, and are held back until then
 */
export function* tableLines(
  headings: readonly string[],
  rows: Iterable<readonly string[]>,
  measuredMax: number,
): Generator<string> {
  const measured: (readonly string[])[] = [headings];
  let widths: number[] | undefined;
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => padded(text, widths?.[column] ?? 0))
      .join('  ')
      .trimEnd();
  function* flush(): Generator<string> {
    widths = headings.map((_, column) => measured.reduce((max, row) => Math.max(max, columnsOf(row[column] ?? '')), 0));
    yield* measured.splice(0).map(line);
  }
  for (const row of rows) {
    if (widths === undefined && measured.length > measuredMax) yield* flush();
    if (widths === undefined) measured.push(row);
    else yield line(row);
  }
  if (widths === undefined) yield* flush();
}

/** A text with spaces behind it, up to so many columns of a terminal. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** Columns that a text takes: two for each kanji, kana and full-width character. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (isWide.test(character) ? 2 : 1), 0);
}

const isWide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\u30fb\u30fc\uff01-\uff60\uffe0-\uffe6]/u;
