import { expect, test } from 'vitest';
import { BadTrustedHost, trustedHosts } from '../../../src/adapters/smtp/trusted-hosts.ts';

test('addresses, networks and unix sockets', () => {
  const isTrusted = trustedHosts(['192.0.2.1', '198.51.100.0/24', '2001:db8::/32', 'unix']);
  expect(['192.0.2.1', '198.51.100.77', '2001:db8:1::1', 'unix'].filter((address) => !isTrusted(address))).toEqual([]);
  expect(['192.0.2.2', '198.51.101.1', '2001:db9::1', '::1', '', 'localhost'].filter(isTrusted)).toEqual([]);
  expect(trustedHosts([])('unix')).toBe(false);
  expect(trustedHosts(['0.0.0.0/0'])('203.0.113.9')).toBe(true);
});

test.each(['', 'localhost', '192.0.2.1/33', '192.0.2.1/', '192.0.2.1/x', '::1/129', '1.2.3.4/8/8', '*'])(
  '%j is refused',
  (entry) => {
    expect(() => trustedHosts([entry])).toThrow(BadTrustedHost);
  },
);
