import { readBinhex } from './binhex.ts';
import { isBinary } from './documents/file-signatures.ts';
import type { Format } from './format.ts';
import type { Entry } from './found.ts';
import { readUuencoded } from './uuencode.ts';
import { readWholeBase64 } from './whole-base64.ts';
import { readYenc } from './yenc.ts';

/** Files that are encoded in text as mail and news have them; stretches of base64 in any file are found by `documents`. */
export const encodedText: Format = {
  name: 'encoded text',
  recognises: () => true,
  *read(text, { room }): Generator<Entry> {
    yield* readWholeBase64(text);
    if (isBinary(text)) return;
    yield* readUuencoded(text);
    yield* readYenc(text);
    yield* readBinhex(text, room(text.length).bytesMax);
  },
};
