import type { Signature } from './formats/signature-line.ts';

/** A signature on its way into the store. */
export interface NewSignature extends Signature {
  /** Into the agent pattern as well. */
  agent: boolean;
  /** Known good. Default false. */
  allow?: boolean;
}
