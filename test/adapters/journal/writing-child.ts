/** A process that writes events as fast as it can and says on stdout, after each commit, how far that is durable. */
import { writeSync } from 'node:fs';
import { createJournal } from '../../../src/adapters/journal/create-journal.ts';
import { testEvent } from '../../support/journal-conformance.ts';

const [folder = '', eventsMax = 'Infinity'] = process.argv.slice(2);
const journal = await createJournal({ folder, daysMax: 36_500, freeBytesMin: 0 });
let number = journal.head();
const last = number + Number(eventsMax);
// The first line says that the journal is open.
writeSync(1, `${number}\n`);

async function caller(): Promise<void> {
  while (number < last) {
    for (let count = 0; count < 3 && number < last; count++) {
      number += 1;
      journal.append(number % 10 === 0 ? 'servers' : 'scans', testEvent(number, { subject: `a/${number % 7}` }));
    }
    const covered = number;
    await journal.durable();
    writeSync(1, `${covered}\n`);
  }
}
await Promise.all(Array.from({ length: 8 }, caller));
await journal.close();
