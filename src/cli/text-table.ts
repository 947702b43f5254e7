/** Columns as wide as their longest text, for a terminal. What comes from outside must be escaped before. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) => {
    return Math.max(heading.length, ...rows.map((row) => [...(row[column] ?? '')].length));
  });
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[headings, ...rows].map(line).join('\n')}\n`;
}
