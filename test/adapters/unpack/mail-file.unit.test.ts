import { expect, test } from 'vitest';
import { mailStart } from '../../../src/adapters/unpack/mail-file.ts';

test.each([
  ['From: a@example.com\nSubject: x\n\ntext', 0],
  ['\r\n From: a@example.com\r\nTo: b', 3],
  ['From a@example.com Tue Nov 24\nReceived: x\nFrom: a', 0],
  [`X-Long: ${'x'.repeat(5000)}\nMIME-Version: 1.0\nContent-Type: text/plain`, 0],
  ['Thread-Topic: x\nDate: today\nMessage-ID: <x>', 0],
  ['content-type: text/plain\n\ntext', 0],
  ['', undefined],
  ['Dear all,\nFrom: a@example.com\nSubject: x', undefined],
  ['Subject: the only field\n\ntext', undefined],
  ['From here on\nit is text', undefined],
])('%j', (text, start) => expect(mailStart(Buffer.from(text))).toBe(start));
