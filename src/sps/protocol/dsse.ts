import { hash, type KeyObject } from 'node:crypto';

/** What is signed of a DSSE envelope: its PAE (github.com/secure-systems-lab/dsse, protocol.md). */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Names a key in envelopes and on screens: the first 16 hexadecimal digits of the SHA-256 of its public half (SPKI, DER). */
export function keyIdOf(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' })).slice(0, 16);
}
