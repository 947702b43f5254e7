import { verify } from 'node:crypto';
import { Compile } from 'typebox/compile';
import { ComponentRefused } from '../../actors/ports/components.ts';
import { ComponentManifest, Envelope, type PackagedComponent } from '../../sps/protocol/component-package.ts';
import { preAuthEncoding } from '../../sps/protocol/dsse.ts';
import type { TrustedKey } from './trusted-keys.ts';

/** A manifest, and who says so. */
export interface SignedManifest {
  manifest: ComponentManifest;
  /** Ids of the trusted keys that signed it; at least one. */
  signers: readonly string[];
}

const envelopes = Compile(Envelope);
const manifests = Compile(ComponentManifest);

/** Checks who signed an envelope, before anything of its payload is looked at, and then its manifest. Throws `ComponentRefused`. */
export function openEnvelope(text: Buffer, component: PackagedComponent, keys: readonly TrustedKey[]): SignedManifest {
  const envelope = parse(text, 'corrupted', 'the envelope');
  if (!envelopes.Check(envelope)) throw malformed('corrupted', 'the envelope', envelopes.Errors(envelope));
  const { payloadType, signatures } = envelope as Envelope;
  const payload = Buffer.from(envelope.payload, 'base64');
  const signed = preAuthEncoding(payloadType, payload);
  const isSignedBy = ({ key }: TrustedKey) =>
    signatures.some(({ sig }) => verify(null, signed, key, Buffer.from(sig, 'base64')));
  const signers = keys.filter(isSignedBy).map(({ id }) => id);
  if (signers.length === 0) throw new ComponentRefused('wrongly-signed', whoSigned(signatures, keys));
  const manifest = parse(payload, 'malformed', 'the manifest');
  if (!manifests.Check(manifest)) throw malformed('malformed', 'the manifest', manifests.Errors(manifest));
  checkManifest(manifest as ComponentManifest, component);
  return { manifest: manifest as ComponentManifest, signers };
}

/** Why no signature counts: whether those who sign have a new key, or somebody has changed what they signed. */
function whoSigned(signatures: Envelope['signatures'], keys: readonly TrustedKey[]): string {
  const claimed = keys.find(({ id }) => signatures.some(({ keyid }) => keyid === id));
  if (claimed !== undefined)
    return `what trusted key ${claimed.id} signed was changed, or somebody else signed in its name`;
  const named = signatures.map(({ keyid }) => JSON.stringify(keyid)).join(', ');
  return `signed by no trusted key: the keys named are ${named}; trusted: ${keys.map(({ id }) => id).join(', ')}`;
}

function checkManifest({ component, version, number, files }: ComponentManifest, wanted: PackagedComponent): void {
  const refuse = (why: string) => new ComponentRefused('malformed', why);
  if (component !== wanted) throw refuse(`a manifest of ${component}, not ${wanted}`);
  if (!version.startsWith(`${number}-`)) throw refuse(`version ${version} has not the number ${number}`);
  if (new Set(files.map(({ name }) => name.toLowerCase())).size < files.length) {
    throw refuse('the manifest names a file twice');
  }
  const endings = files.map(({ name }) => name.slice(name.lastIndexOf('.') + 1));
  const only = onlyEnding[wanted];
  const isRight = only === undefined ? !endings.some((end) => notInPatterns.includes(end)) : endings.join() === only;
  if (!isRight) throw refuse(`files of ${wanted} cannot be: ${endings.join(', ') || 'none'}`);
}

/** Of components that are one file. */
const onlyEnding: Partial<Record<PackagedComponent, string>> = { filter: 'bloom', smart: 'smart' };
const notInPatterns = Object.values(onlyEnding);

function parse(text: Buffer, kind: 'corrupted' | 'malformed', what: string): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch (cause) {
    throw new ComponentRefused(kind, `${what} is not JSON`, { cause });
  }
}

function malformed(kind: 'corrupted' | 'malformed', what: string, errors: { instancePath: string; message: string }[]) {
  const [first] = errors;
  return new ComponentRefused(kind, `${what} is malformed: ${first?.instancePath} ${first?.message}`.slice(0, 300));
}
