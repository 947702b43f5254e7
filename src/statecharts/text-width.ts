/**
 * Width of a text in pixels from a table of its own: measuring with a font would give other bytes on every computer.
 * Widths are those of a wide sans-serif (DejaVu Sans), in hundredths of the font size, so that narrower fonts fit, too.
 */

const groups: readonly (readonly [string, number])[] = [
  ["ijl'|", 28],
  ['I.,:; ', 33],
  ['ft[]()/-', 39],
  ['rJ', 42],
  ['sczkvxy', 56],
  ['aeLTghnudbpqoFE?', 62],
  ['SPABXYZKRVU_0123456789', 68],
  ['CGHNDQO', 78],
  ['w+=<>→', 83],
  ['mMW', 98],
];
const widths = new Map(groups.flatMap(([characters, width]) => [...characters].map((char) => [char, width] as const)));
const unknownWidth = 75;

/** @param sizePx font size. */
export function textWidth(text: string, sizePx: number): number {
  const hundredths = [...text].reduce((sum, char) => sum + (widths.get(char) ?? unknownWidth), 0);
  return Math.ceil((hundredths * sizePx) / 100);
}
