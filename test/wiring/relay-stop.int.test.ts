import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../adapters/journal/embedded-journal.ts';
import { eventually } from '../support/eventually.ts';
import { relayFixture } from './relay-fixture.ts';

test('a thread that has just broken down is not waited for when the program ends', async () => {
  const journalFolder = await temporaryFolder();
  const nobody = {
    brokers: ['127.0.0.1:1'],
    clientId: 'test',
    tls: false,
    requestTimeoutMs: 700,
    connectTimeoutMs: 500,
  };
  // There is no journal in the folder that the thread is told.
  const fixture = await relayFixture(nobody, { journalFolder });
  await fixture.start();
  await eventually('a thread that broke down', () => fixture.problems[0]);
  await fixture.stop();
  expect(fixture.problems).toHaveLength(1);
  await fixture.dispose();
  await rm(journalFolder, { recursive: true });
});
