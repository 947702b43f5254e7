/**
 * Text of foreign origin, safe to show in one line of a terminal or a page: control characters, format characters
 * (right-to-left marks, zero-width ones), line and paragraph separators, private and unassigned characters and lone
 * surrogates become `\u{hex}`. Everything else stays. A backslash that would read as such an escape is escaped, too,
 * so no two texts look the same.
 */
export function printable(text: string): string {
  return text.replace(/\\(?=u\{)|[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
