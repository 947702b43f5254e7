import { expect, test } from 'vitest';
import type { EsmtpParameter } from '../../../src/actors/ports/mail.ts';
import { envelopeLine } from '../../../src/adapters/next-hop/envelope-line.ts';

const everything = new Map(['SIZE', '8BITMIME', 'SMTPUTF8', 'DSN', 'BINARYMIME'].map((keyword) => [keyword, '']));
const nothing = new Map<string, string>();

function parameters(text: string): EsmtpParameter[] {
  return text.split(' ').map((item) => {
    const [keyword = '', value] = item.split(/=(.*)/, 2);
    return value === undefined ? { keyword } : { keyword, value };
  });
}

test.each([
  ['MAIL FROM', 'SIZE=123 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ+2B314=x'],
  ['RCPT TO', 'NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob+40example.org'],
] as const)('%s: everything goes on unchanged, in its order, xtext as it is', (verb, text) => {
  const command = { path: 'Bob@xn--bcher-kva.Example', parameters: parameters(text) };
  expect(envelopeLine(verb, command, everything)).toBe(`${verb}:<Bob@xn--bcher-kva.Example> ${text}`);
});

test('the null reverse-path stays', () => {
  expect(envelopeLine('MAIL FROM', { path: '', parameters: [] }, nothing)).toBe('MAIL FROM:<>');
});

test('what a server without the extension cannot take is left out; what is unknown goes on, for it to answer', () => {
  const text = 'size=123 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x REQUIRETLS';
  expect(envelopeLine('MAIL FROM', { path: 'a@b', parameters: parameters(text) }, nothing)).toBe(
    'MAIL FROM:<a@b> REQUIRETLS',
  );
  const binary = { path: 'a@b', parameters: parameters('BODY=BINARYMIME') };
  expect(envelopeLine('MAIL FROM', binary, new Map([['8BITMIME', '']]))).toBe('MAIL FROM:<a@b>');
});

test('an address beyond ASCII needs SMTPUTF8: else 553 5.6.7', () => {
  const command = { path: 'jörg@example.org', parameters: [{ keyword: 'SMTPUTF8' }] };
  expect(envelopeLine('MAIL FROM', command, everything)).toBe('MAIL FROM:<jörg@example.org> SMTPUTF8');
  expect(envelopeLine('MAIL FROM', command, nothing)).toMatchObject({
    code: 553,
    text: expect.stringMatching(/^5\.6\.7 /),
  });
});

test.each(['a@b>\r\nRCPT TO:<c@d', 'a\0@b', 'a@b\n', 'a\u0085@b'])('%j cannot bring in a command: 501', (path) => {
  expect(envelopeLine('RCPT TO', { path, parameters: [] }, everything)).toMatchObject({ code: 501 });
  const inParameter = { path: 'a@b', parameters: [{ keyword: 'ENVID', value: path }] };
  expect(envelopeLine('RCPT TO', inParameter, everything)).toMatchObject({ code: 501 });
});

test('a line over 2048 bytes is 500', () => {
  expect(envelopeLine('RCPT TO', { path: 'x'.repeat(2048), parameters: [] }, everything)).toMatchObject({ code: 500 });
});
