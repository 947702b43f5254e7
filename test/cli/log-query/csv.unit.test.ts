import { expect, test } from 'vitest';
import { csvRecord } from '../../../src/cli/log-query/csv.ts';

test('a record of RFC 4180', () => {
  expect(csvRecord(['a', '', 'b,c', 'say "x"', 'two\r\nlines', ' d '])).toBe(
    'a,,"b,c","say ""x""","two\r\nlines", d \r\n',
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx', '＝1', '＋1', '－1', '＠x'])(
  'what a spreadsheet would take for a formula is text: %j',
  (text) => {
    expect(csvRecord([text, `a${text}`])).toMatch(/^"?'/);
    expect(csvRecord([`a${text}`])).not.toContain("'");
  },
);

test('a formula behind a quote, too', () => {
  expect(csvRecord(['=HYPERLINK("http://x","y"),z'])).toBe(`"'=HYPERLINK(""http://x"",""y""),z"\r\n`);
});
