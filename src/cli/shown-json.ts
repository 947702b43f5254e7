/**
 * JSON with every invisible character as `\uXXXX`: it reads back the same, and shows nothing that is not there.
 * @param indent columns; in one line when absent
 */
export function shownJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }).join(''),
  );
}
