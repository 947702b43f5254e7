import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildMail, mailTree } from '../../support/mail-trees.ts';
import { attachment, EICAR, mail, multipart, textPart } from '../../support/mails.ts';
import { filesWith, limits, unpack } from './unpacked.ts';

const lineEnd = fc.constantFrom<'\r\n' | '\n'>('\r\n', '\n');

test('every payload of a generated MIME tree is found, in a part that holds it', async () => {
  await fc.assert(
    fc.asyncProperty(mailTree, lineEnd, async (tree, end) => {
      const { message, payloads } = buildMail(tree, end);
      const unpacked = await unpack(message);
      expect(unpacked.unscannable).toEqual([]);
      for (const payload of payloads) {
        const [file] = filesWith(unpacked, payload);
        expect(file, payload.toString('latin1')).toBeDefined();
        const part = unpacked.parts[file?.part ?? -1];
        expect(part).toBeDefined();
        expect(part && part.start <= part.body && part.body <= part.end && part.end <= message.length).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['payload=0D\n', 'payload\r'],
  ['payload=0A\r\n\r\n', 'payload\n'],
  ['payload=0D=0A=0A\r\n \t\r\n\r\n', 'payload\r\n\n'],
  ['payload=20\r\n', 'payload '],
])('a file that ends in encoded line ends is found before those of the mail: %j', async (body, payload) => {
  const entity = { headers: ['Content-Transfer-Encoding: quoted-printable'], body: Buffer.from(body) };
  const unpacked = await unpack(mail(entity));
  expect(filesWith(unpacked, Buffer.from(payload))).not.toEqual([]);
});

test('any damage to a message: an answer within the limits, never an exception', async () => {
  const original = mail(multipart([textPart('text'), attachment('a', EICAR), multipart([attachment('b', EICAR)])]));
  const change = fc.tuple(fc.nat(original.length - 1), fc.constantFrom(0, 10, 13, 32, 34, 45, 58, 59, 61, 255));
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 12 }),
      fc.nat(original.length),
      async (changes, cut) => {
        const message = Buffer.from(original);
        for (const [at, byte] of changes) message[at] = byte;
        const { files, parts, unscannable } = await unpack(message.subarray(cut % 3 === 0 ? cut : 0));
        expect(files.length).toBeLessThanOrEqual(limits.filesMax);
        expect(unscannable.map((trouble) => trouble.reason)).not.toContain('crashed');
        for (const { start, body, end } of parts)
          expect(start <= body && body <= end && end <= message.length).toBe(true);
      },
    ),
    { numRuns: 1000 },
  );
});
