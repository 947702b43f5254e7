import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { isZip, readZip } from '../../../../src/adapters/unpack/archives/zip.ts';
import type { Entry } from '../../../../src/adapters/unpack/found.ts';
import { EICAR, zip } from '../../../support/mails.ts';

const room = () => ({ bytesMax: 1e7, reason: 'too-large' as const });
const bytesLeft = () => 1e8;
const text = Buffer.from('some text '.repeat(50));
const noise = randomBytes(2000);

async function read(bytes: Buffer, entriesMax = 10_000): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of readZip(bytes, { room, bytesLeft, entriesMax })) entries.push(entry);
  return entries;
}

const problems = (entries: Entry[]) => entries.flatMap((entry) => entry.problem ?? []);
const find = (entries: Entry[], content: Buffer) => entries.filter((entry) => entry.content?.equals(content));
const files = [
  { name: 'a/b.txt', content: text },
  { name: 'eicar.com', content: EICAR },
  { name: 'empty', content: Buffer.alloc(0) },
];

describe('a sound zip is read without trouble', () => {
  const junk = Buffer.from('#!/bin/sh\nexit\n');
  test.each([
    ['deflated', zip(files)],
    ['stored', zip(files.map((file) => ({ ...file, method: 0 })))],
    ['data descriptors', zip(files.map((file) => ({ ...file, descriptor: true })))],
    ['junk before it', Buffer.concat([junk, zip(files)])],
    ['junk after it', Buffer.concat([zip(files), junk])],
    ['a comment', zip(files, { comment: 'a comment' })],
    ['an end record within the comment', zip(files, { comment: `PK\x05\x06${'\0'.repeat(18)}` })],
    [
      'path tricks in names',
      zip([
        { name: '../../etc/passwd', content: text },
        { name: '/abs', content: EICAR },
        { name: 'C:\\x', content: noise },
      ]),
    ],
    ['a folder', zip([{ name: 'folder/', content: Buffer.alloc(0), method: 0 }, ...files])],
  ])('%s', async (_name, bytes) => {
    expect(isZip(bytes)).toBe(true);
    const entries = await read(bytes);
    expect(problems(entries)).toEqual([]);
    expect(find(entries, EICAR).length).toBe(1);
    expect(find(entries, text).length).toBe(1);
    expect(entries.length).toBe(3);
  });

  test('names', async () => {
    const names = (
      await read(
        zip([
          { name: '../é', content: text },
          { name: 'a\\b', content: text },
        ]),
      )
    ).map(({ name }) => name);
    expect(names).toEqual(['../é', 'a\\b']);
  });

  test('what yauzl reads is what we read', async () => {
    const file = fc.record({
      name: fc.stringMatching(/^[a-z]{1,8}$/),
      content: fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
      method: fc.constantFrom(0, 8),
      descriptor: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(file, { minLength: 1, maxLength: 5 }),
        fc.string({ maxLength: 30 }),
        async (list, comment) => {
          const bytes = zip(list, { comment });
          const expected: { name: string; content: Buffer }[] = [];
          for await (const entry of (await fromBufferPromise(bytes)).eachEntry()) {
            const stream = await (await fromBufferPromise(bytes)).openReadStreamPromise(entry);
            expected.push({ name: entry.fileName, content: Buffer.concat(await stream.toArray()) });
          }
          expect(await read(bytes)).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('trouble is named, and what can be read is read', () => {
  test('encrypted entries', async () => {
    const entries = await read(zip([{ name: 'secret', content: noise, flags: 1, crc: 1 }, ...files]));
    expect(entries[0]).toEqual({ name: 'secret', problem: 'encrypted' });
    expect(find(entries, EICAR).length).toBe(1);
    expect(problems(await read(zip([{ name: 'aes', content: noise, flags: 1, method: 99 }])))).toEqual(['encrypted']);
  });

  test('a flag that lies: what has the right checksum is not encrypted', async () => {
    expect(await read(zip([{ name: 'a', content: EICAR, flags: 1 }]))).toEqual([{ name: 'a', content: EICAR }]);
  });

  test('other methods', async () => {
    const entries = await read(zip([{ name: 'lzma', content: noise, method: 14 }, ...files]));
    expect(entries[0]).toEqual({ name: 'lzma', problem: 'unsupported' });
    expect(find(entries, EICAR).length).toBe(1);
  });

  test('no central directory, also with data descriptors', async () => {
    for (const descriptor of [false, true]) {
      for (const method of [0, 8]) {
        const entries = await read(
          zip(
            files.map((file) => ({ ...file, method, descriptor })),
            { directory: false },
          ),
        );
        expect(problems(entries)).toContain('damaged');
        expect(find(entries, EICAR).length).toBe(1);
      }
    }
  });

  test('a file that only the local headers know, or only the directory', async () => {
    const hidden = await read(
      zip([
        { name: 'a', content: text },
        { name: 'b', content: EICAR, only: 'local' },
        { name: 'c', content: noise },
      ]),
    );
    expect(find(hidden, EICAR).length).toBe(1);
    const missing = await read(
      zip([
        { name: 'a', content: EICAR, only: 'central' },
        { name: 'b', content: text },
      ]),
    );
    expect(problems(missing)).toContain('damaged');
    // Under the name of the directory, and under that of the local header that it leads to.
    expect(find(missing, text).length).toBe(2);
  });

  test('a wrong checksum alone hides nothing: the content is read and scanned', async () => {
    expect(await read(zip([{ name: 'a', content: EICAR, crc: 7 }]))).toEqual([{ name: 'a', content: EICAR }]);
  });

  test('cut off at any byte: damaged, what came before is found, nothing throws', async () => {
    const whole = zip([
      { name: 'a', content: EICAR },
      { name: 'b', content: noise },
    ]);
    const second = whole.indexOf('PK\x03\x04', 4);
    for (let length = 4; length < whole.length; length += 7) {
      const entries = await read(whole.subarray(0, length));
      expect(problems(entries), `${length} bytes`).toContain('damaged');
      if (length >= second) expect(find(entries, EICAR).length).toBe(1);
    }
  });

  test('entries that share their data, as in a bomb, are read once and reported', async () => {
    const one = zip([{ name: 'a', content: text }]);
    const directory = one.indexOf('PK\x01\x02');
    const header = one.subarray(directory, one.length - 22);
    const end = Buffer.from(one.subarray(one.length - 22));
    end.writeUInt16LE(1000, 8);
    end.writeUInt16LE(1000, 10);
    end.writeUInt32LE(header.length * 1000, 12);
    const bomb = Buffer.concat([one.subarray(0, directory), ...Array.from({ length: 1000 }, () => header), end]);
    const entries = await read(bomb);
    expect(problems(entries)).toEqual(['damaged']);
    expect(find(entries, text).length).toBe(1);
  });

  test('more entries than allowed', async () => {
    expect(problems(await read(zip(files), 3))).toEqual([]);
    const entries = await read(zip(files), 2);
    expect(problems(entries)).toEqual(['too-many-files']);
    expect(find(entries, EICAR).length).toBe(1);
  });

  test('any damage: never an exception', async () => {
    const whole = zip(files);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }), async (changes) => {
        const damaged = Buffer.from(whole);
        for (const [at, byte] of changes) damaged[at] = byte;
        await read(damaged);
      }),
      { numRuns: 500 },
    );
  });
});

test('the letters PK alone make no zip', () => {
  for (const content of ['PK', 'PK\x03', 'see PK\x03\x04', `PK\x05\x06${'\0'.repeat(30)}`, 'PK\x01\x02']) {
    expect(isZip(Buffer.from(content, 'latin1')), JSON.stringify(content)).toBe(false);
  }
});

describe('headers that contradict each other', () => {
  const contradiction = (change: (archive: Buffer, local: number, central: number) => void) => {
    const archive = zip([{ name: 'name', content: EICAR }]);
    change(archive, 0, archive.indexOf('PK\x01\x02'));
    return read(archive);
  };

  test('both names count', async () => {
    const entries = await contradiction((archive) => archive.write('evil', 30));
    expect(entries.map(({ name }) => name)).toEqual(['name', 'evil']);
    expect(find(entries, EICAR).length).toBe(2);
  });

  test('both methods are tried', async () => {
    expect(find(await contradiction((archive, local) => archive.writeUInt16LE(0, local + 8)), EICAR).length).toBe(1);
    expect(
      find(await contradiction((archive, _, central) => archive.writeUInt16LE(0, central + 10)), EICAR).length,
    ).toBe(1);
  });

  test('both sizes are tried', async () => {
    expect(
      find(await contradiction((archive, _, central) => archive.writeUInt32LE(9, central + 20)), EICAR).length,
    ).toBe(1);
  });
});

test('a part of a split archive is partial', async () => {
  const whole = zip(files);
  const last = Buffer.from(whole);
  last.writeUInt16LE(1, last.length - 22 + 4);
  last.writeUInt16LE(1, last.length - 22 + 6);
  expect(problems(await read(last.subarray(100)))).toContain('partial');
  expect(problems(await read(Buffer.concat([Buffer.from('PK\x07\x08'), whole.subarray(0, -100)])))).toContain(
    'partial',
  );
});
