import { expect, test } from 'vitest';
import { isOurHost } from '../../../src/console/access/hosts.ts';

test.each([
  'localhost',
  'localhost:8445',
  'LOCALHOST',
  '127.0.0.1',
  '127.0.0.1:1',
  '127.1.2.3:80',
  '[::1]',
  '[::1]:8445',
])('%s is us', (host) => expect(isOurHost(host)).toBe(true));

test.each([
  ...[undefined, '', 'evil.example', 'evil.example:8445', '127.0.0.1.evil.example', 'localhost.evil.example'],
  ...['evil.example@127.0.0.1', '127.0.0.1@evil.example', '127.0.0.1:80:80', '[::1', '::1]', '0.0.0.0', '10.0.0.1'],
  ...['localhost ', ' localhost', 'localhost,evil.example', '127.0.0.1#', '127.1'],
])('%s is somebody else (DNS rebinding)', (host) => expect(isOurHost(host)).toBe(false));
