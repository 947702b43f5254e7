import { expect, test } from 'vitest';
import { entityTag, matchesVersion, versionOf } from '../../../src/sps/protocol/entity-tag.ts';

test.each(['"3-ab"', 'W/"3-ab"', '"1", "3-ab"', ' "3-ab" ,"9"', '*'])('If-None-Match %s names 3-ab', (field) => {
  expect(matchesVersion(field, '3-ab')).toBe(true);
});

test.each([undefined, '', '3-ab', '"3-a"', '"3-abc"', '"', '"3-ab'])('If-None-Match %s does not', (field) => {
  expect(matchesVersion(field, '3-ab')).toBe(false);
});

test('a tag and its version', () => {
  expect(versionOf(entityTag('3-ab'))).toBe('3-ab');
  expect(versionOf('3-ab')).toBeUndefined();
  expect(versionOf('""')).toBeUndefined();
});
