const HEAD_BYTES = 2048;
const FIRST_FIELD =
  /^(?:>?From [^\r\n]*[\r\n]+)?(?:received|return-path|delivered-to|from|to|cc|subject|date|message-id|mime-version|content-[a-z-]+|reply-to|sender|dkim-signature|arc-[a-z-]+|authentication-results|x-[a-z0-9-]+)[ \t]*:/i;
const TELLING_FIELD =
  /(?:^|[\r\n])(?:from|received|message-id|mime-version|content-type|content-transfer-encoding)[ \t]*:/i;

/** Where the header of a mail starts, if the content is one: it begins with fields that mail has. Else undefined. */
export function mailStart(bytes: Buffer): number | undefined {
  const head = bytes.toString('latin1', 0, HEAD_BYTES);
  const text = head.trimStart();
  return FIRST_FIELD.test(text) && TELLING_FIELD.test(text) ? head.length - text.length : undefined;
}
