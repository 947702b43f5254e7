import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { domainOf, isAddressed, isInDomain, matchesWildcards } from '../../src/machines/address.ts';

describe('addresses', () => {
  test.each([
    ['a@Example.ORG', 'example.org'],
    ['"a@b"@example.org', 'example.org'],
    ['a@example.org.', 'example.org'],
    ['a@例え.jp', 'xn--r8jz45g.jp'],
    ['a@[192.0.2.1]', '[192.0.2.1]'],
    ['nobody', ''],
    ['', ''],
  ])('%s is in domain %s', (address, domain) => {
    expect(domainOf(address)).toBe(domain);
  });

  test.each([
    ['a@example.org', ['example.org'], true],
    ['a@mx.example.org', ['example.org'], false],
    ['a@mx.example.org', ['.example.org'], true],
    ['a@badexample.org', ['.example.org', 'example.org'], false],
    ['', [''], false],
  ])('%s in %s: %s', (address, domains, expected) => {
    expect(isInDomain(address, domains)).toBe(expected);
  });

  test.each([
    ['', '<>', true],
    ['a@example.org', '<>', false],
    ['Boss@Example.org', 'boss@example.org', true],
    ['boss@example.org', '*@example.org', true],
    ['boss@mx.example.org', '*@*.example.org', true],
    ['list-owner@example.org', '*-owner@*', true],
    ['boss@example.org', 'bos@example.org', false],
    ['', '*@*', false],
    ['boss@mx.example.org', '.example.org', true],
  ])('%s by %s: %s', (address, pattern, expected) => {
    expect(isAddressed(address, pattern)).toBe(expected);
  });
});

describe('wildcards', () => {
  test('are what a regular expression says', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(texts, patterns, (text, pattern) => {
        const form = pattern.replace(/[.*?]/g, (sign) => ({ '.': '\\.', '*': '.*', '?': '.' })[sign] ?? sign);
        expect(matchesWildcards(text, pattern)).toBe(new RegExp(`^${form}$`).test(text));
      }),
      { numRuns: 500 },
    );
  });
});
