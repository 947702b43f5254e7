import type { Entry } from '../found.ts';
import { byteLists } from './byte-lists.ts';
import { hasFileSignature, isBinary } from './file-signatures.ts';

const pairs = byteLists({
  parts: ' \t\r\n,:;-|\\',
  digits: '0123456789abcdefABCDEF',
  valuesMin: 24,
  gapBytesMax: 16,
  valueAt: (bytes, start, end) =>
    end - start === 2 ? Number.parseInt(bytes.toString('latin1', start, end), 16) : undefined,
});

/**
 * Files as pairs of hexadecimal digits that are parted: `4D-5A-90` as .NET writes bytes, `hex:4d,5a,90` in files of the registry of
 * Windows, `4d 5a 90`. Dumps and fingerprints look like that, too: only what begins as a file counts.
 */
export function* readHexPairs(bytes: Buffer): Generator<Entry> {
  if (isBinary(bytes)) return;
  let count = 0;
  for (const content of pairs(bytes)) {
    if (!hasFileSignature(content)) continue;
    count += 1;
    yield { name: `pairs-${count}`, content, encoded: 'block' };
  }
}
