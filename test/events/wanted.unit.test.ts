import { expect, test } from 'vitest';
import { isWanted } from '../../src/events/wanted.ts';

const server = { type: 'sekisho.server.healthy.v1' };

test.each([
  ['all types of its lane', { lanes: ['servers'] }, true],
  ['another lane', { lanes: ['system', 'scans'] }, false],
  ['a beginning that fits', { lanes: ['servers'], types: ['sekisho.updater.', 'sekisho.server.'] }, true],
  ['none that fits', { lanes: ['servers'], types: ['sekisho.updater.'] }, false],
  ['no types at all', { lanes: ['servers'], types: [] }, false],
] as const)('an event of a server, for who wants %s', (_name, wanted, isSo) => {
  expect(isWanted(wanted, server)).toBe(isSo);
});
