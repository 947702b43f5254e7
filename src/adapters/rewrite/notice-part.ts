/** The longest line of a message without its line end (RFC 5322 2.1.1). */
const LINE_CHARACTERS_MAX = 998;
const BASE64_LINE = /.{1,76}/g;

/**
 * A text/plain part that holds the notice (RFC 2045): header fields, blank line, body, without a line end at the end.
 * The notice may hold a file name that the sender chose: anything but plain lines that cannot be taken for a
 * delimiter or a mailbox line is sent as base64.
 */
export function noticePart(notice: string, lineEnd: string): string {
  const lines = notice.split(/\r\n|\r|\n/);
  const plain = lines.every(
    (line) => /^(?!--|From |\.$)[\t\x20-\x7e]*$/.test(line) && line.length <= LINE_CHARACTERS_MAX,
  );
  const body = plain ? lines : (Buffer.from(lines.join('\r\n')).toString('base64').match(BASE64_LINE) ?? []);
  return [
    'Content-Type: text/plain; charset=utf-8',
    `Content-Transfer-Encoding: ${plain ? '7bit' : 'base64'}`,
    'Content-Disposition: inline',
    '',
    ...body,
  ].join(lineEnd);
}
