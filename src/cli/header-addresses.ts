/** Where the header ends, at most. */
const headerBytesMax = 64 * 1024;

/** Addresses in the fields of a header, by the order of the names and then of the fields: good enough to fill in an envelope. */
export function headerAddresses(message: Buffer, names: readonly string[]): string[] {
  const text = message.toString('utf8', 0, headerBytesMax);
  const [header = ''] = text.split(/\r?\n\r?\n/, 1);
  const fields = header.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  return names.flatMap((name) =>
    fields
      .filter((field) => field.toLowerCase().startsWith(`${name}:`))
      .flatMap((field) => withoutPhrases(field.slice(name.length + 1)).match(/[^\s<>,;:"()]+@[^\s<>,;:"()]+/g) ?? []),
  );
}

/** Quoted words and comments may hold anything. */
function withoutPhrases(value: string): string {
  return value.replace(/"(?:[^"\\]|\\.)*"(?!@)|\([^()]*\)/g, ' ');
}
