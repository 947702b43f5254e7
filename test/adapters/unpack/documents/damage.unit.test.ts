import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDocuments } from '../../../../src/adapters/unpack/documents/documents.ts';
import {
  compoundFile,
  flashWith,
  htmlWith,
  mailboxOf,
  ole1Object,
  oneNoteWith,
  packaged,
  pdfWith,
  propertyListWith,
  rtfWith,
  tnefWith,
  wordWith,
} from '../../../support/documents.ts';
import { EICAR, mail, textPart } from '../../../support/mails.ts';
import { slowDocuments } from '../../../support/slow-documents.ts';

const room = { bytesMax: 1e6, reason: 'too-large' as const };
const samples: readonly (readonly [string, Buffer])[] = [
  ['doc', wordWith('a.exe', EICAR)],
  [
    'msi',
    compoundFile([
      ['a', Buffer.alloc(9000, 'a')],
      ['b', EICAR],
    ]),
  ],
  ['RTF', rtfWith(ole1Object('Package', packaged('a.exe', EICAR)))],
  [
    'PDF',
    pdfWith('a.exe', zlib.deflateSync(EICAR), '/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 4 >>'),
  ],
  [
    'PDF, LZW',
    pdfWith('a.exe', Buffer.from('800b6050220c0c8501', 'hex'), '/Filter [/LZWDecode /ASCII85Decode /AHx /RL]'),
  ],
  ['OneNote', oneNoteWith(EICAR)],
  ['TNEF', tnefWith('a.exe', EICAR)],
  ['Flash', flashWith(EICAR, false)],
  ['property list', propertyListWith(EICAR)],
  ['HTML', htmlWith(EICAR)],
  ['mailbox', mailboxOf([mail(textPart('one')), mail(textPart('two'))])],
];

async function read(content: Buffer): Promise<{ entries: number; bytes: number }> {
  let entries = 0;
  let bytes = 0;
  for await (const entry of readDocuments(content, { room: () => room, entriesMax: 1000, bytesLeft: () => 1e7 })) {
    entries += 1;
    bytes += entry.content?.length ?? 0;
  }
  return { entries, bytes };
}

describe.each(samples)('%s', (_title, sample) => {
  test('cut off and with any bytes changed: no exception, and no more than a few times its size', async () => {
    const change = fc.tuple(fc.nat(sample.length - 1), fc.nat(255));
    const changes = fc.array(change, { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(changes, fc.integer({ min: 0, max: sample.length }), fc.boolean(), async (list, cut, whole) => {
        const damaged = Buffer.from(sample);
        for (const [at, byte] of list) damaged[at] = byte;
        const { entries, bytes } = await read(whole ? damaged : damaged.subarray(0, cut));
        expect(entries).toBeLessThan(200);
        expect(bytes).toBeLessThan(sample.length * 50 + 1e6);
      }),
      { numRuns: 300 },
    );
  });
});

/** Work that grows with the square of the size would take hours here; nothing but the time that a test may take fails it. */
test.each(slowDocuments)('%s: work grows with the size', { timeout: 60_000 }, async (_title, build) => {
  const { bytes } = await read(build(4_000_000));
  expect(bytes).toBeLessThan(300e6);
});
