/**
 * A pattern of the log query (ログクエリ): `*` stands for any characters, `;` parts alternatives. Without a `*` an alternative
 * is looked for anywhere in the text. Case does not matter. An empty pattern fits everything.
 */
export function textPattern(pattern: string): (text: string) => boolean {
  const alternatives = pattern
    .split(';')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '');
  if (alternatives.length === 0) return () => true;
  return (text) => {
    const lower = text.toLowerCase();
    return alternatives.some((each) => (each.includes('*') ? fits(each.split('*'), lower) : lower.includes(each)));
  };
}

/** Whether the parts come one after the other, the first at the beginning and the last at the end: linear, unlike a regular expression. */
function fits(parts: readonly string[], text: string): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}
