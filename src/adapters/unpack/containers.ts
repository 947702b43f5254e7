import { readEmbedded } from './archives/embedded.ts';
import { gzip } from './archives/gzip.ts';
import { iso } from './archives/iso.ts';
import { lz4 } from './archives/lz4.ts';
import { lzip } from './archives/lzip.ts';
import { shapedFormats, signedFormats } from './archives/signatures.ts';
import { tar } from './archives/tar.ts';
import { unsupported } from './archives/unsupported.ts';
import { zip } from './archives/zip.ts';
import { isCompoundFile } from './documents/compound-file.ts';
import { readDocuments } from './documents/documents.ts';
import { encodedText } from './encoded-text.ts';
import type { Access, Format } from './format.ts';
import type { Entry } from './found.ts';

/** All that can be opened. Content that is more than one of them is opened as each. */
const FORMATS: readonly Format[] = [gzip, zip, tar, lz4, lzip, iso, ...signedFormats, ...shapedFormats, unsupported];

/**
 * What the content holds, recognised by what it is and not by its name; nothing when it is no container. Nested
 * mail is not among them: it is walked by `walkMime`.
 */
export async function* openContainer(content: Buffer, access: Access): AsyncGenerator<Entry> {
  const formats = FORMATS.filter((format) => format.recognises(content));
  const scattered = isCompoundFile(content);
  for (const format of formats) {
    for await (const entry of format.read(content, access)) {
      // What a compound file embeds lies about in its sectors, and is read whole from its stream.
      if (!scattered || entry.problem !== 'damaged') yield entry;
    }
  }
  yield* readDocuments(content, access);
  if (formats.length > 0) return;
  for await (const entry of readEmbedded(content, access)) {
    if (!scattered || entry.problem !== 'damaged') yield entry;
  }
  yield* encodedText.read(content, access);
}
