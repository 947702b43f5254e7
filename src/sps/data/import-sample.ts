import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { signatureOf } from '../../adapters/sample-signatures/choose-block.ts';
import { formatSampleLine, SAMPLE_BYTES_MAX } from '../../adapters/sample-signatures/sample-line.ts';
import { type Added, addPiece, addSignatures } from './add-signatures.ts';
import { ImportRefused } from './import-refused.ts';
import type { Store } from './store.ts';

/** How to import a sample. */
export interface SampleOptions {
  /** Into the agent pattern, too. */
  agent: boolean;
  /** Of the malware; else made of the file's name. */
  name?: string;
}

/**
 * Brings a sample of malware into the store: its hash into all patterns, and into the local ones what finds it within larger files. The
 * sample itself is not kept. Throws `ImportRefused`, `StoreUnusable`.
 */
export function importSample(store: Store, file: string, { agent, name = nameOf(file) }: SampleOptions): Added {
  if (!/^[^:\p{Cc}\u{fffd}]{1,255}$/u.test(name) || Buffer.byteLength(name) > 255)
    throw new ImportRefused(`${JSON.stringify(name)} is no name: no colon, no control characters, at most 255 bytes`);
  const signature = signatureOf(read(file), name);
  if (signature === undefined)
    throw new ImportRefused(`${file}: shorter than 64 bytes or all alike; import its SHA-256 instead`);
  const { sha256, size } = signature;
  // The hash first: what is interrupted between the two is whole when it is imported once more.
  const hash = { hash: Buffer.from(sha256, 'hex'), size, name, agent };
  const known = addSignatures(store, basename(file), [hash]);
  const found = addPiece(store, basename(file), {
    kind: 'sample',
    name: sha256,
    content: formatSampleLine(signature),
    agent,
  });
  return {
    ...{ smart: known.smart, agent: known.agent + found.agent },
    conventional: known.conventional + found.conventional,
  };
}

function nameOf(file: string): string {
  return `Sample.${basename(file).replace(/[^\w.-]/g, '_')}`;
}

function read(file: string): Buffer {
  try {
    if (statSync(file).size > SAMPLE_BYTES_MAX)
      throw new ImportRefused(`${file} is larger than ${SAMPLE_BYTES_MAX} bytes`);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof ImportRefused) throw error;
    throw new ImportRefused(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}
