import { attachment, mail, textPart, zip } from './mails.ts';
import { gzipQuine } from './quine.ts';

const MIB = 2 ** 20;
/** What a bomb is made with, and the reasons that say what it is. */
export interface Bomb {
  make(): Buffer;
  /** One of them must be given; none: it is harmless and all is read. */
  reasons: readonly string[];
}

/** Besides those of `bombs.ts`: a file that holds itself, headers, numbers of files. */
export const moreBombs: Readonly<Record<string, Bomb>> = {
  'a gzip file that holds itself': { make: () => attached(gzipQuine()), reasons: ['too-deep'] },
  'that file in a zip, a thousand times': {
    make: () =>
      attached(zip(Array.from({ length: 1000 }, (_, index) => ({ name: `${index}.gz`, content: gzipQuine() })))),
    reasons: ['too-deep', 'too-many-files'],
  },
  'a million empty files in a zip': {
    make: () => mail(attachment('bomb', zipOfEmpty(1_000_000), { encoding: 'binary' })),
    reasons: ['too-many-files'],
  },
  '10,000 header fields': {
    make: () => withFields(Array.from({ length: 10_000 }, (_, index) => `X-${index}: x`)),
    reasons: [],
  },
  'a header field of 1 MB': { make: () => withFields([`X-Long: ${'x'.repeat(MIB)}`]), reasons: [] },
  'a Content-Type with 100,000 parameters': {
    make: () => withFields([`Content-Type: text/plain${'; name*0*=a'.repeat(100_000)}`]),
    reasons: [],
  },
  'a header field folded 100,000 times': {
    make: () => withFields([`Subject: =?utf-8?B?eA==?=${'\r\n =?utf-8?B?eA==?='.repeat(100_000)}`]),
    reasons: [],
  },
  'a megabyte of blank lines and delimiters': {
    make: () =>
      mail({
        headers: ['Content-Type: multipart/mixed; boundary="b"'],
        body: Buffer.from('\r\n--b\r\n\r\n'.repeat(120_000)),
      }),
    reasons: ['too-many-parts'],
  },
};

function attached(content: Buffer): Buffer {
  return mail(attachment('bomb', content));
}

function withFields(fields: readonly string[]): Buffer {
  return mail(textPart('text'), { fields });
}

/** Many names for nothing, each with a header of its own. */
function zipOfEmpty(count: number): Buffer {
  const one = zip([{ name: 'f', content: Buffer.alloc(0), method: 0 }]);
  const local = one.subarray(0, 31);
  const central = one.subarray(31, 31 + 47);
  const locals = Buffer.alloc(31 * count, local);
  const directory = Buffer.alloc(47 * count, central);
  for (let index = 0; index < count; index++) directory.writeUInt32LE(31 * index, 47 * index + 42);
  const end = Buffer.from(one.subarray(31 + 47));
  end.writeUInt16LE(count % 65_536, 8);
  end.writeUInt16LE(count % 65_536, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(locals.length, 16);
  return Buffer.concat([locals, directory, end]);
}
