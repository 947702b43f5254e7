import { expect, test } from 'vitest';
import { parseNextHopUrl } from '../../../src/adapters/next-hop/next-hop-url.ts';

test.each([
  ['smtp://127.0.0.1:10026', { kind: 'smtp', host: '127.0.0.1', port: 10026 }],
  ['smtp://mx.example.org', { kind: 'smtp', host: 'mx.example.org', port: 25 }],
  ['SMTP://[::1]:10026/', { kind: 'smtp', host: '::1', port: 10026 }],
  ['smtp+unix:/run/mta/in.sock', { kind: 'smtp', socketPath: '/run/mta/in.sock' }],
  ['lmtp://store.example.org', { kind: 'lmtp', host: 'store.example.org', port: 24 }],
  ['LMTP://[::1]:2003', { kind: 'lmtp', host: '::1', port: 2003 }],
  ['lmtp+unix:/run/dovecot/lmtp', { kind: 'lmtp', socketPath: '/run/dovecot/lmtp' }],
  ['maildir:state/mail', { kind: 'maildir', folder: 'state/mail' }],
  ['maildir:/var/mail/in:box', { kind: 'maildir', folder: '/var/mail/in:box' }],
])('%s', (url, target) => {
  expect(parseNextHopUrl(url)).toEqual(target);
});

test.each([
  ['', 'expected smtp://HOST:PORT, smtp://[IPV6]:PORT, smtp+unix:/PATH, the same with lmtp, or maildir:FOLDER'],
  ['127.0.0.1:25', 'expected smtp://HOST:PORT, '],
  ['lhlo://a:1', 'expected smtp://HOST:PORT, '],
  ['lmtp:a', 'expected lmtp://HOST:PORT or'],
  ['lmtp://host:25', 'LMTP is not spoken on port 25'],
  ['lmtp+unix:run/x', 'expected an absolute path after lmtp+unix:'],
  ['smtp:a', 'expected smtp://HOST:PORT or'],
  ['smtp://', 'expected smtp://HOST:PORT or'],
  ['smtp://::1:25', 'expected smtp://HOST:PORT or'],
  ['smtp://user:word@host:25', 'expected smtp://HOST:PORT or'],
  ['smtp://host:25/path', 'expected smtp://HOST:PORT or'],
  ['smtp://host:0', 'the port is 1 to 65535'],
  ['smtp://host:65536', 'the port is 1 to 65535'],
  ['smtp+unix:run/x', 'expected an absolute path after smtp+unix:'],
  ['maildir:', 'expected a folder after maildir:'],
])('%j is refused', (url, problem) => {
  expect(() => parseNextHopUrl(url)).toThrow(problem);
});
