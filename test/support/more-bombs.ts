import { spawnSync } from 'node:child_process';
import zlib from 'node:zlib';
import { attachment, mail, textPart, zip } from './mails.ts';
import { gzipQuine } from './quine.ts';

const MIB = 2 ** 20;
/** Zeros that each compressed stream holds; many streams in a row are one file. */
const STREAM_MIB = 64;
const TEN_GB_STREAMS = 160;

/** What a bomb is made with, and the reasons that say what it is. */
export interface Bomb {
  make(): Buffer;
  /** One of them must be given; none: it is harmless and all is read. */
  reasons: readonly string[];
}

/** Besides those of `bombs.ts`: other formats, headers, numbers of files. */
export const moreBombs: Readonly<Record<string, Bomb>> = {
  'a gzip file that holds itself': { make: () => attached(gzipQuine()), reasons: ['too-deep'] },
  'that file in a zip, a thousand times': {
    make: () =>
      attached(zip(Array.from({ length: 1000 }, (_, index) => ({ name: `${index}.gz`, content: gzipQuine() })))),
    reasons: ['too-deep', 'too-many-files'],
  },
  '42 levels of zip and gzip': { make: () => attached(levelsOf(42)), reasons: ['too-deep'] },
  '10 GB of zeros in xz': { make: () => attached(streams('xz', ['-0', '-c'])), reasons: ['ratio', 'too-large'] },
  '10 GB of zeros in bzip2': { make: () => attached(streams('bzip2', ['-c'])), reasons: ['ratio', 'too-large'] },
  '10 GB of zeros in zstd': { make: () => attached(zstdOfZeros()), reasons: ['ratio', 'too-large'] },
  '256 MB of zeros in 7z': { make: () => attached(sevenZipOfZeros()), reasons: ['ratio', 'too-large'] },
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

function levelsOf(count: number): Buffer {
  let content: Buffer = Buffer.from('the innermost');
  for (let level = 0; level < count; level++)
    content = level % 2 === 0 ? zlib.gzipSync(content) : zip([{ name: `${level}.gz`, content }]);
  return content;
}

/** By a program that writes streams which may stand in a row. */
function streams(program: string, options: readonly string[]): Buffer {
  const { stdout } = spawnSync(program, options, { input: Buffer.alloc(STREAM_MIB * MIB), maxBuffer: MIB });
  return Buffer.concat(Array<Buffer>(TEN_GB_STREAMS).fill(stdout));
}

function zstdOfZeros(): Buffer {
  const stream = zlib.zstdCompressSync(Buffer.alloc(STREAM_MIB * MIB));
  return Buffer.concat(Array<Buffer>(TEN_GB_STREAMS).fill(stream));
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

/** 256 MiB of zeros in a 7z of bzip2 blocks, made by 7-Zip; gzipped, it is short. */
const SEVEN_ZIP = [
  'H4sIAAAAAAACAzOv2rNeXYaBZbJFk9IqNgYwCIJQDIdU6087RWUYGjpGqgVHfgtv+smgLniA4QADA8MCBoMGX7erC1aJTtBqLRYR',
  'nZRqOj+1Qn8CU6EMAw8DAwMXAzMHy5XcKK6FkUwrwkcNGDVg1IBRA0YNGDWADAMC9y8sYGJmYeFhYGACG8FzIGhWQgBvhwZ7906l',
  'ORoeUaxvzRkYWdgYGDnbVjGwczMyMDKzMDHxfGBgYBBg4OBi3F3Lp8XAwMooyQ6t2gR5GaoYUhmKGPIZihkYGES4GBk+vDZxNa25',
  'yyjKxsig0LCtkYEBAGO+9H8cBwAA',
];

function sevenZipOfZeros(): Buffer {
  return zlib.gunzipSync(Buffer.from(SEVEN_ZIP.join(''), 'base64'));
}
