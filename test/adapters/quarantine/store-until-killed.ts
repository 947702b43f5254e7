/** A process for a test to kill: stores messages without end, and says each id once `store` has resolved. */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createQuarantine } from '../../../src/adapters/quarantine/create-quarantine.ts';
import { contentOf, entryOf } from './entries.ts';

const quarantine = createQuarantine({ folder: process.argv[2] ?? '' });

async function storeOn(): Promise<never> {
  for (;;) {
    const id = randomUUID().toUpperCase();
    await quarantine.store(entryOf(id), [contentOf(id)]);
    writeSync(1, `${id}\n`);
  }
}

await Promise.all(Array.from({ length: 4 }, storeOn));
