import type { Format } from '../format.ts';

/** Hexadecimal, at an offset: archives that some program of a receiver opens, and nothing here does. */
const SIGNATURES = [
  { name: 'ace', at: 7, bytes: '2a2a4143452a2a' },
  { name: 'lzop', at: 0, bytes: '894c5a4f000d0a1a0a' },
  { name: 'lrzip', at: 0, bytes: '4c525a4900' },
  { name: 'zpaq', at: 0, bytes: '376b5374a03183d38cb228b0d3' },
  { name: 'zoo', at: 20, bytes: 'dca7c4fd' },
  { name: 'kwaj', at: 0, bytes: '4b57414a88f027d1' },
].map(({ bytes, ...signature }) => ({ ...signature, bytes: Buffer.from(bytes, 'hex') }));

/** Kinds of archives that are known, and reported since they cannot be read. */
export const unsupported: Format = {
  name: 'unsupported',
  recognises: (content) =>
    SIGNATURES.some(
      ({ at, bytes }) => content[at] === bytes[0] && bytes.equals(content.subarray(at, at + bytes.length)),
    ),
  *read() {
    yield { name: '', problem: 'unsupported' };
  },
};
