import { generateKeyPairSync, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { signManifest } from '../../../src/sps/distribution/sign-envelope.ts';
import { type ComponentManifest, manifestType } from '../../../src/sps/protocol/component-package.ts';
import { keyIdOf } from '../../../src/sps/protocol/dsse.ts';

const manifest: ComponentManifest = {
  ...{ component: 'filter', number: 7, version: '7-0123456789ab', patternId: 'sekisho' },
  ...{ createdAt: '2026-11-24T00:00:00.000Z', minWaitSeconds: 60, files: [], deltas: [] },
};

test('an envelope is signed by each key, as the DSSE specification says', () => {
  const [first, second] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const { payload, signatures } = signManifest(manifest, [first.privateKey, second.privateKey]);
  expect(JSON.parse(Buffer.from(payload, 'base64').toString())).toEqual(manifest);
  expect(signatures.map(({ keyid }) => keyid)).toEqual([keyIdOf(first.publicKey), keyIdOf(second.publicKey)]);
  const text = Buffer.from(payload, 'base64').toString();
  const pae = `DSSEv1 ${manifestType.length} ${manifestType} ${text.length} ${text}`;
  const isRight = [first, second].map(({ publicKey }, n) =>
    verify(null, Buffer.from(pae), publicKey, Buffer.from(signatures[n]?.sig ?? '', 'base64')),
  );
  expect(isRight).toEqual([true, true]);
});
