/**
 * One record of CSV (RFC 4180), with its line end. A cell that a spreadsheet would take for a formula gets a `'` before it, as
 * OWASP advises (CSV Injection): what begins with = + - @, also full-width as Japanese Excel takes them, tab, CR or LF.
 */
export function csvRecord(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(text: string): string {
  const harmless = /^[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
