import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTransitionRecorder } from '../../src/adapters/inspection/transition-recorder.ts';
import { openQuarantine } from '../../src/adapters/quarantine/open-quarantine.ts';
import { readSettings } from '../../src/adapters/settings/read-settings.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { type Archives, startArchives } from '../../src/wiring/archives.ts';
import { entryOf } from '../adapters/quarantine/entries.ts';
import { eventually } from '../support/eventually.ts';

const idOf = (number: number) => `AAAAAAAA-0000-4000-8000-${String(number).padStart(12, '0')}`;
const content = [Buffer.alloc(30_000, 'x')];
let folder: string;
let archives: Archives | undefined;
let log: Envelope[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archives-'));
  log = [];
});
afterEach(async () => {
  await archives?.stop();
  await rm(folder, { recursive: true });
});

/** Room for two messages in each archive. */
function start(archiveFolder?: string): Archives {
  const rule = `archive_bytes_max = 70000${archiveFolder === undefined ? '' : `\narchive_folder = ${archiveFolder}`}`;
  const text = `[smtp]\nmessage_bytes_max = 65536\n[virus_rule]\n${rule}\n`;
  const settings = readSettings({ file: { path: join(folder, 'imss.ini'), text }, environment: {}, cwd: folder });
  const inspect = createTransitionRecorder({
    ...{ source: '/test', idPrefix: 't', now: Date.now },
    record: (_lane, event) => log.push(event),
    onProblem: (error) => expect.fail(String(error)),
  });
  archives = startArchives(settings, inspect);
  return archives;
}

const told = () => log.map(({ type, subject }) => `${subject} ${type}`);

test('a copy that finds no room is refused, and that is told of the archive, once', async () => {
  const place = join(folder, 'archive');
  const archive = start(place).archive(place);
  await archive.store(entryOf(idOf(1)), content);
  await archive.store(entryOf(idOf(2)), content);
  for (const number of [3, 4])
    await expect(archive.store(entryOf(idOf(number)), content)).rejects.toMatchObject({
      ...{ name: 'QuarantineFull', place: 'archive' },
    });
  expect((await openQuarantine(place).list()).entries).toHaveLength(2);
  await eventually('told', () => told().includes(`archive/${place} sekisho.quarantine.full.v1`));
  expect(told().filter((each) => each.includes('.full.'))).toHaveLength(1);
  expect(log.at(-1)?.data).toMatchObject({ archive: place });
});

test('an archive that a restart brings has room and limits of its own, and its own stream', async () => {
  const { archive } = start();
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  for (const place of [one, other]) {
    await archive(place).store(entryOf(idOf(1)), content);
    await archive(place).store(entryOf(idOf(2)), content);
    await expect(archive(place).store(entryOf(idOf(3)), content)).rejects.toThrow('the archive is full');
  }
  const subjects = new Set(log.map(({ subject }) => subject));
  expect([...subjects].sort()).toEqual([`archive/${one}`, `archive/${other}`]);
});
