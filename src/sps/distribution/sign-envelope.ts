import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { type ComponentManifest, type Envelope, manifestType } from '../protocol/component-package.ts';
import { keyIdOf, preAuthEncoding } from '../protocol/dsse.ts';

/** The envelope of a manifest, with a signature by each of these Ed25519 private keys. */
export function signManifest(manifest: ComponentManifest, keys: readonly KeyObject[]): Envelope {
  const payload = Buffer.from(JSON.stringify(manifest));
  const message = preAuthEncoding(manifestType, payload);
  const signatures = keys.map((key) => ({
    keyid: keyIdOf(createPublicKey(key)),
    sig: sign(null, message, key).toString('base64'),
  }));
  return { payloadType: manifestType, payload: payload.toString('base64'), signatures };
}
