import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  type ComponentManifest,
  type Delta,
  manifestType,
  type PackagedComponent,
} from '../../src/sps/protocol/component-package.ts';

/** Signs packages as a server does, but with code of its own. */
export interface Signer {
  key: KeyObject;
  /** Public half, PEM. */
  pem: string;
  id: string;
}

/** A new Ed25519 key. */
export function newSigner(): Signer {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = createPublicKey(privateKey);
  const id = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
  return { key: privateKey, pem: String(publicKey.export({ type: 'spki', format: 'pem' })), id };
}

/** What a server gives for one version of a component. */
export interface TestPackage {
  manifest: ComponentManifest;
  envelope: Buffer;
  /** By SHA-256: files and deltas. */
  files: Map<string, Buffer>;
}

export interface PackageWish {
  component: PackagedComponent;
  number: number;
  /** By name. */
  files: Readonly<Record<string, Buffer>>;
  deltas?: readonly { method: Delta['method']; from: Buffer; to: Buffer; content: Buffer }[];
  /** Fields of the manifest that are to be other than right. */
  change?: Partial<ComponentManifest>;
}

/** A package signed by all of these. */
export function signedPackage(
  { component, number, files, deltas = [], change }: PackageWish,
  ...signers: Signer[]
): TestPackage {
  const listed = Object.entries(files).map(([name, content]) => ({
    name,
    size: content.length,
    sha256: sha256(content),
  }));
  const digest = sha256(Buffer.from(listed.map((file) => file.sha256).join())).slice(0, 12);
  const manifest: ComponentManifest = {
    ...{ component, number, version: `${number}-${digest}`, patternId: 'sekisho', minWaitSeconds: 0 },
    createdAt: '2026-11-24T12:00:00Z',
    files: listed,
    deltas: deltas.map(({ method, from, to, content }) => ({
      ...{ method, from: sha256(from), to: sha256(to), size: content.length, sha256: sha256(content) },
    })),
    ...change,
  };
  const contents = [...Object.values(files), ...deltas.map(({ content }) => content)];
  return {
    manifest,
    envelope: sealed(JSON.stringify(manifest), signers),
    files: new Map(contents.map((content) => [sha256(content), content])),
  };
}

/** A DSSE envelope of any payload. */
export function sealed(text: string, signers: readonly Signer[], payloadType: string = manifestType): Buffer {
  const payload = Buffer.from(text);
  const parts = ['DSSEv1', payloadType.length, payloadType, payload.length, payload.toString('latin1')];
  const signed = Buffer.from(parts.join(' '), 'latin1');
  const signatures = signers.map(({ id, key }) => ({ keyid: id, sig: sign(null, signed, key).toString('base64') }));
  return Buffer.from(JSON.stringify({ payloadType, payload: payload.toString('base64'), signatures }));
}

/** Lower-case hexadecimal. */
export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
