import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PACKERS } from '../../../support/archives.ts';
import { attachment, EICAR, mail, multipart } from '../../../support/mails.ts';
import { filesWith, reasons, unpack } from '../unpacked.ts';

const noise: Buffer = Buffer.concat([EICAR, randomBytes(3000)]);

test('archives within archives in any order: the file is found', async () => {
  const names = Object.keys(PACKERS);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }),
      fc.constantFrom<Buffer[]>(EICAR, noise),
      async (order, file) => {
        let content: Buffer = file;
        for (const name of order) content = (await PACKERS[name]?.(content)) ?? content;
        const unpacked = await unpack(mail(multipart([attachment('file', content)])));
        expect(reasons(unpacked)).toEqual([]);
        expect(filesWith(unpacked, file).length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 60, examples: names.map((name) => [[name], noise] as [string[], Buffer]) },
  );
});
