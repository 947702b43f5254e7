import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { FilterInvalid } from '../../src/adapters/query-filter/format.ts';
import { readFilter } from '../../src/adapters/query-filter/read.ts';
import * as documents from '../support/documents.ts';
import { buildMail, mailTree } from '../support/mail-trees.ts';
import { attachment, EICAR, mail, zip } from '../support/mails.ts';
import { BrokenPromise, checkMessage } from './promises.ts';
import type { Target } from './search.ts';
import { archiveWords, documentWords, filterWords, mimeWords } from './words.ts';

const fixtures = join(import.meta.dirname, '../fixtures');
/** Larger files are changed where it matters too rarely. */
const SEED_BYTES_MAX = 8 * 1024;
const FILTER_BYTES_MAX = 1024 * 1024;

const mime: Target = {
  name: 'mime',
  words: mimeWords,
  seeds: () => fc.sample(mailTree, { numRuns: 20, seed: 1 }).map((tree) => buildMail(tree, '\r\n').message),
  check: checkMessage,
};

const archive: Target = {
  name: 'archive',
  words: archiveWords,
  seeds: () => [
    ...filesIn('archives'),
    zip([
      { name: 'a', content: EICAR },
      { name: 'b.zip', content: zip([]) },
    ]),
  ],
  check: (input) => checkMessage(mail(attachment('a', input))),
};

const document: Target = {
  name: 'document',
  words: documentWords,
  seeds: documentSeeds,
  check: (input) => checkMessage(mail(attachment('a', input))),
};

const filter: Target = {
  name: 'filter',
  words: filterWords,
  seeds: () => filesIn('bloom').filter((file) => file[0] === 0x1f || file[0] === 1),
  check: checkFilter,
};

/** All that is fuzzed, by name. */
export const targets: Readonly<Record<string, Target>> = { mime, archive, document, filter };

function filesIn(folder: string): Buffer[] {
  const entries = readdirSync(join(fixtures, folder), { withFileTypes: true }).filter((entry) => entry.isFile());
  return entries
    .map(({ name }) => readFileSync(join(fixtures, folder, name)))
    .filter(({ length }) => length <= SEED_BYTES_MAX);
}

function documentSeeds(): Buffer[] {
  const { packaged, ole1Object } = documents;
  return [
    documents.compoundFile([['Contents', EICAR]]),
    documents.wordWith('a.exe', EICAR),
    documents.rtfWith(ole1Object('Package', packaged('a.exe', EICAR))),
    documents.pdfWith('a.exe', EICAR, ''),
    documents.oneNoteWith(EICAR),
    documents.tnefWith('a.exe', EICAR),
    documents.flashWith(EICAR, false),
    documents.flashWith(EICAR, true),
    documents.propertyListWith(EICAR),
    documents.htmlWith(EICAR),
    documents.mailboxOf([mail(attachment('a.exe', EICAR))]),
    documents.cardWith(EICAR),
  ];
}

/** A filter answers, or says that it is none; nothing else. */
function checkFilter(file: Buffer): Promise<void> {
  try {
    const opened = readFilter(file, { bytesMax: FILTER_BYTES_MAX });
    for (const key of ['', 'a', 'é', EICAR])
      if (typeof opened.has(key) !== 'boolean') throw new BrokenPromise('a filter answers');
    if (!(opened.capacity >= 1 && opened.count >= 0)) throw new BrokenPromise('numbers make sense');
    if (opened.data.length > FILTER_BYTES_MAX) throw new BrokenPromise('a filter is within its limit');
  } catch (error) {
    if (!(error instanceof FilterInvalid)) return Promise.reject(error);
  }
  return Promise.resolve();
}
