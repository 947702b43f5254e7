import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ComponentRefused } from '../../../src/actors/ports/components.ts';
import { openEnvelope } from '../../../src/adapters/update-source/open-envelope.ts';
import { newSigner, sealed, signedPackage } from '../../support/packages.ts';

const signer = newSigner();
const keys = [{ id: signer.id, key: createPublicKey(signer.key) }];
const { manifest, envelope } = signedPackage(
  { component: 'agent', number: 5, files: { 'a.hsb': Buffer.from('x') } },
  signer,
);

/** The manifest, or nothing where it was refused. */
function opened(text: Buffer): unknown {
  try {
    return openEnvelope(text, 'agent', keys).manifest;
  } catch (error) {
    if (!(error instanceof ComponentRefused)) throw error;
    return undefined;
  }
}

test('whatever is changed of an envelope, it gives what was signed, or is refused', () => {
  expect(opened(envelope)).toEqual(manifest);
  const at = fc.nat(envelope.length - 1);
  const change = fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.nat(8));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const changed = changes.reduce(
        (text, [from, bytes, removed]) => Buffer.concat([text.subarray(0, from), bytes, text.subarray(from + removed)]),
        envelope,
      );
      expect([undefined, manifest]).toContainEqual(opened(changed));
    }),
    { numRuns: 2000 },
  );
});

test('whatever is signed by a trusted key is a manifest of this component, or is refused', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(manifest)));
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(manifest)), value, (field, other) => {
      const text = JSON.stringify({ ...manifest, [field]: other });
      const found = opened(sealed(text, [signer]));
      if (found !== undefined) expect(found).toMatchObject({ component: 'agent', number: 5 });
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(opened(sealed(text, [signer]))).toBeUndefined();
    }),
  );
});

test('a document without end of brackets is refused, not a crash', () => {
  for (const text of ['['.repeat(200_000), '{"a":'.repeat(40_000), '"'.repeat(1000)])
    expect([opened(Buffer.from(text)), opened(sealed(text, [signer]))]).toEqual([undefined, undefined]);
});

test('who is told of: a key that is not trusted, or a change to what a trusted one signed', () => {
  const other = sealed(JSON.stringify(manifest), [newSigner()]);
  expect(() => openEnvelope(other, 'agent', keys)).toThrow(/^signed by no trusted key: .*trusted: /);
  const { payload, ...rest } = JSON.parse(envelope.toString());
  const changed = Buffer.from(JSON.stringify({ ...rest, payload: `A${payload.slice(1)}` }));
  expect(() => openEnvelope(changed, 'agent', keys)).toThrow(`what trusted key ${signer.id} signed was changed`);
});
