import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mailParsers } from '../../support/mail-parsers.ts';
import { buildMail, mailTree } from '../../support/mail-trees.ts';
import { buildTrick, trickyMail } from '../../support/mail-tricks.ts';
import { oddMails } from '../../support/odd-mails.ts';
import { hasPython, pythonMails, type ReadPart, readByPython } from '../../support/python-email.ts';
import { sha256, unpack } from './unpacked.ts';

const numRuns = Number(process.env.SEKISHO_TRICKS ?? 1500);
/** Python names no seed of ours, so that a failure can be run again. */
const seed = Number(process.env.SEKISHO_SEED ?? Date.now() % 2 ** 31);

/** Mails in which another program found a file that was not found here, though they are called clean. */
async function missed(mails: readonly Buffer[], read: readonly ReadPart[][]) {
  const problems: string[] = [];
  for (const [index, message] of mails.entries()) {
    const unpacked = await unpack(message);
    if (unpacked.ambiguous.length > 0 || unpacked.unscannable.length > 0) continue;
    const hashes = new Set(unpacked.files.flatMap(({ readings }) => readings.map(sha256)));
    const files = read[index]?.filter(([, sums, decoded]) => decoded && !sums.some((hash) => hashes.has(hash))) ?? [];
    if (files.length > 0) problems.push(`${JSON.stringify(files)} of\n${message.toString('latin1')}`);
  }
  return problems;
}

describe.skipIf(!hasPython())(
  "what Python's email reads is read here, too, or the mail is not clean (needs: apt-get install python3)",
  () => {
    test('of mails that hide a file', async () => {
      const mails = fc.sample(trickyMail, { numRuns, seed }).map((trick) => buildTrick(trick).message);
      expect((await missed(mails, readByPython(mails))).slice(0, 3), `SEKISHO_SEED=${seed}`).toEqual([]);
    }, 600_000);

    test('of ordinary mails', async () => {
      const trees = fc.sample(mailTree, { numRuns: 300, seed }).map((tree) => buildMail(tree, '\n').message);
      const mails = [...trees, ...Object.values(oddMails)];
      expect((await missed(mails, readByPython(mails))).slice(0, 3), `SEKISHO_SEED=${seed}`).toEqual([]);
    }, 120_000);
  },
);

describe.each(Object.entries(mailParsers))(
  'what %s reads is read here, too, or the mail is not clean',
  (_name, parse) => {
    const readAll = (mails: readonly Buffer[]) => Promise.all(mails.map((message) => parse(message).catch(() => [])));

    test('of mails that hide a file', async () => {
      const mails = fc.sample(trickyMail, { numRuns, seed }).map((trick) => buildTrick(trick).message);
      expect((await missed(mails, await readAll(mails))).slice(0, 3), `SEKISHO_SEED=${seed}`).toEqual([]);
    }, 600_000);

    test('of ordinary mails', async () => {
      const trees = fc.sample(mailTree, { numRuns: 300, seed }).map((tree) => buildMail(tree, '\r\n').message);
      const mails = [...trees, ...Object.values(oddMails)];
      const read = await readAll(mails);
      expect(read.flat().length).toBeGreaterThan(100);
      expect((await missed(mails, read)).slice(0, 3), `SEKISHO_SEED=${seed}`).toEqual([]);
    }, 120_000);
  },
);

const folder = pythonMails();
describe.skipIf(folder === undefined)(
  'the mails of the tests of Python (needs: apt-get install libpython3.11-testsuite)',
  () => {
    const names = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.txt'));
    /** Written to break parsers: lines that are delimiters of other multiparts, which programs read in at least two ways. */
    const torture = ['msg_38.txt'];

    test.each(names)('%s', async (name) => {
      const { ambiguous } = await unpack(readFileSync(path.join(folder ?? '', name)));
      expect(ambiguous.length > 0).toBe(torture.includes(name));
    });

    test('there are some', () => expect(names.length).toBeGreaterThan(40));
  },
);
