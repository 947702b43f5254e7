import { describe, expect, test } from 'vitest';
import { parseAddressCommand } from '../../../src/adapters/smtp/address-command.ts';

const mail = (line: string | Buffer) => parseAddressCommand('MAIL', Buffer.from(line as string), 1000);
const rcpt = (line: string) => parseAddressCommand('RCPT', Buffer.from(line), 1000);

describe('paths go on exactly as received', () => {
  test.each([
    ['', ''],
    ['a@example.org', 'plain'],
    ['"a b"@x.org', 'quoted space'],
    ['"a>b"@x.org', 'quoted bracket'],
    [String.raw`"a\"b\\"@x.org`, 'quoted pairs'],
    ['a..b@x', 'two dots'],
    ['a@b_c.org', 'underscore in the domain'],
    ['User@XN--BCHER-KVA.example', 'A-label and case'],
    ['用户@例え.jp', 'UTF-8'],
    ['a@[IPv6:2001:db8::1]', 'address literal'],
    ['root', 'no domain'],
    ['a=b/c#d!e%f@x.org', 'other atext'],
    ['@relay.example:a@x.org', 'source route'],
  ])('%s (%s)', (path) => {
    expect(mail(`MAIL FROM:<${path}>`)).toEqual({ path, parameters: [] });
  });

  test('keywords in any case, space after the colon and at the end', () => {
    expect(mail('mail From: <a@b>  ')).toEqual({ path: 'a@b', parameters: [] });
    expect(rcpt('rcpt tO:<Postmaster>')).toEqual({ path: 'Postmaster', parameters: [] });
  });
});

describe('what is no path is 501', () => {
  test.each([
    'MAIL',
    'MAIL FROM',
    'MAIL FROM:',
    'MAIL FROM:a@b',
    'MAIL FROM:<a@b',
    'MAIL FROM:<a b@x>',
    'MAIL FROM:<"a@x>',
    'MAIL FROM:<a<b@x>',
    'MAIL FROM:<a@b>SIZE=1',
    'MAIL FROM:<a\0@b>',
    'MAIL FROM:<a\r@b>',
    'MAIL FROM:<a\x7f@b>',
    'MAIL TO:<a@b>',
    'MAILFROM:<a@b>',
  ])('%j', (line) => {
    expect(mail(line)).toMatchObject({ code: 501 });
  });

  test('an empty recipient', () => {
    expect(rcpt('RCPT TO:<>')).toMatchObject({ code: 501 });
  });

  test('bytes that are not UTF-8', () => {
    expect(mail(Buffer.from('MAIL FROM:<\xe4@b>', 'latin1'))).toMatchObject({ code: 501 });
  });
});

describe('parameters', () => {
  test('in order and exactly as received: xtext stays encoded, keywords keep their case', () => {
    const line = 'MAIL FROM:<a@b> size=17 Body=8bitMIME SMTPUTF8 RET=hdrs ENVID=QQ314159+2B+3D';
    expect(mail(line)).toEqual({
      path: 'a@b',
      parameters: [
        { keyword: 'size', value: '17' },
        { keyword: 'Body', value: '8bitMIME' },
        { keyword: 'SMTPUTF8' },
        { keyword: 'RET', value: 'hdrs' },
        { keyword: 'ENVID', value: 'QQ314159+2B+3D' },
      ],
    });
    expect(rcpt('RCPT TO:<c@d> NOTIFY=SUCCESS,DELAY ORCPT=utf-8;\\x{E4}+2B@b=c')).toEqual({
      path: 'c@d',
      parameters: [
        { keyword: 'NOTIFY', value: 'SUCCESS,DELAY' },
        { keyword: 'ORCPT', value: 'utf-8;\\x{E4}+2B@b=c' },
      ],
    });
  });

  test.each(['AUTH=<>', 'X', 'REQUIRETLS', 'NOTIFY=NEVER', '__proto__=x', '=x', 'MT-PRIORITY=3'])(
    'unknown: %s is 555',
    (word) => {
      expect(mail(`MAIL FROM:<a@b> ${word}`)).toMatchObject({ code: 555 });
    },
  );

  test.each([
    'SIZE',
    'SIZE=',
    'SIZE=-1',
    'SIZE=1e3',
    'BODY=BINARYMIME',
    'SMTPUTF8=1',
    'RET=ALL',
    'ENVID=',
    'RET=FULL ret=HDRS',
  ])('bad value: %s is 501', (word) => {
    expect(mail(`MAIL FROM:<a@b> ${word}`)).toMatchObject({ code: 501 });
  });

  test.each(['NOTIFY=NEVER,DELAY', 'NOTIFY=', 'ORCPT=x', 'NOTIFY=DELAY NOTIFY=DELAY'])(
    'bad value: %s is 501',
    (word) => {
      expect(rcpt(`RCPT TO:<a@b> ${word}`)).toMatchObject({ code: 501 });
    },
  );

  test('SIZE above the limit is 552, up to it is not', () => {
    expect(mail('MAIL FROM:<a@b> SIZE=1000')).toHaveProperty('path');
    expect(mail('MAIL FROM:<a@b> SIZE=1001')).toMatchObject({ code: 552 });
    expect(mail('MAIL FROM:<a@b> SIZE=99999999999999999999')).toMatchObject({ code: 552 });
  });
});
