const FIRST_LINE_BYTES = 400;
const HEAD_BYTES = 16 * 1024;
const FIRST_FIELD = /^\s*(?:>?From [^\r\n]*[\r\n]+)?[!-9;-~]+[ \t]*:/;
/** A field of MIME, or two others, must stand there: a text that starts with one word and a colon is no mail yet. */
const MAIL_FIELD =
  /(?:^|[\r\n])(from|to|subject|date|received|message-id|mime-version|content-type|content-transfer-encoding|content-disposition)[ \t]*:/gi;

/** Where the header of a mail starts, if the content is one: it begins with a field, and has fields of mail. Else undefined. */
export function mailStart(bytes: Buffer): number | undefined {
  if (!FIRST_FIELD.test(bytes.toString('latin1', 0, FIRST_LINE_BYTES))) return undefined;
  const head = bytes.toString('latin1', 0, HEAD_BYTES);
  const text = head.trimStart();
  const names = new Set<string>();
  for (const [, name] of text.matchAll(MAIL_FIELD)) {
    names.add(String(name).toLowerCase());
    if (names.size === 2 || /^(?:content|mime)-/i.test(String(name))) return head.length - text.length;
  }
  return undefined;
}
