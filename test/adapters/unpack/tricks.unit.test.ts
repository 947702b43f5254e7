import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildMail, mailTree } from '../../support/mail-trees.ts';
import { buildTrick, trickyMail } from '../../support/mail-tricks.ts';
import { filesWith, unpack } from './unpacked.ts';

/** `SEKISHO_TRICKS=10000 npx vitest run test/adapters/unpack/tricks` for more of them. */
const numRuns = Number(process.env.SEKISHO_TRICKS ?? 1500);

test('a file that is hidden by any combination of tricks is found, or the message is ambiguous or unscannable', async () => {
  const figures = { found: 0, ambiguous: 0, unscannable: 0 };
  await fc.assert(
    fc.asyncProperty(trickyMail, async (trick) => {
      const { message, payloads } = buildTrick(trick);
      const unpacked = await unpack(message);
      expect(unpacked.unscannable.map(({ reason }) => reason)).not.toContain('crashed');
      if (payloads.some((payload) => filesWith(unpacked, payload).length > 0)) figures.found += 1;
      else if (unpacked.ambiguous.length > 0) figures.ambiguous += 1;
      else if (unpacked.unscannable.length > 0) figures.unscannable += 1;
      else expect.fail('clean, though it hides a file');
    }),
    { numRuns },
  );
  // What is not found is the exception: else the grammar makes mails that nobody reads, or the reader lost its way.
  expect(figures.found / numRuns).toBeGreaterThan(0.97);
}, 600_000);

test('a mail without tricks is never ambiguous', async () => {
  const lineEnd = fc.constantFrom<'\r\n' | '\n'>('\r\n', '\n');
  await fc.assert(
    fc.asyncProperty(mailTree, lineEnd, async (tree, end) => {
      expect((await unpack(buildMail(tree, end).message)).ambiguous).toEqual([]);
    }),
    { numRuns: 500 },
  );
}, 120_000);
