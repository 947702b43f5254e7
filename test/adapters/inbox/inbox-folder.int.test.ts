import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GivenText } from '../../../src/actors/ports/commands.ts';
import { createInboxFolder, leaveInFolder } from '../../../src/adapters/inbox/inbox-folder.ts';
import { commandBytesMax } from '../../../src/events/command.ts';
import { eventually } from '../../support/eventually.ts';

let parent: string;
let folder: string;
let abort: AbortController;
let given: GivenText[];
let problems: string[];
let reading: Promise<void> | undefined;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'sekisho-'));
  folder = join(parent, 'commands');
  abort = new AbortController();
  [given, problems, reading] = [[], [], undefined];
});
afterEach(async () => {
  abort.abort();
  await reading;
  rmSync(parent, { recursive: true });
});

function read(take: (given: GivenText) => Promise<void> = async () => {}): void {
  const source = createInboxFolder(folder, (problem, error) => problems.push(`${problem}: ${error}`));
  reading = source.read((each) => {
    given.push(each);
    return take(each);
  }, abort.signal);
}
const isEmpty = () => readdirSync(folder).length === 0;

test('what was given before and what is given later is taken once, and gone', async () => {
  await leaveInFolder(folder, 'a', 'the first');
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'a.json')).mode & 0o777).toBe(0o600);
  read();
  await eventually('the first', isEmpty);
  await leaveInFolder(folder, 'b', 'the second');
  await eventually('the second', () => given.length === 2 && isEmpty());
  expect(given).toEqual([
    { text: 'the first', place: 'a' },
    { text: 'the second', place: 'b' },
  ]);
  expect(problems).toEqual([]);
});

test('they are taken in the order in which they were given, the next though the one before is not done', async () => {
  for (const [age, id] of ['z', 'm', 'a'].entries()) {
    await leaveInFolder(folder, id, id);
    utimesSync(join(folder, `${id}.json`), 1000 + age, 1000 + age);
  }
  read(() => new Promise(() => {}));
  await eventually('all three', () => given.length === 3);
  expect(given.map(({ place }) => place)).toEqual(['z', 'm', 'a']);
  expect(readdirSync(folder)).toHaveLength(3);
});

test('one that was not taken is there after a restart', async () => {
  await leaveInFolder(folder, 'a', 'text');
  read(() => Promise.reject(new Error('the journal is full')));
  await eventually('its problem', () => problems.length === 1);
  abort.abort();
  await reading;
  abort = new AbortController();
  read();
  await eventually('it again', () => given.length === 2 && isEmpty());
});

test('whatever lies there is refused and gone, nothing outside is read, and what is not whole is left alone', async () => {
  mkdirSync(folder);
  writeFileSync(join(parent, 'secret'), 'secret');
  symlinkSync(join(parent, 'secret'), join(folder, 'link.json'));
  writeFileSync(join(folder, 'large.json'), 'x'.repeat(commandBytesMax + 1));
  writeFileSync(join(folder, 'of spaces.json'), 'x');
  writeFileSync(join(folder, 'half.tmp'), 'x');
  read();
  await eventually('all gone but one', () => readdirSync(folder).join() === 'half.tmp');
  const texts = new Map(given.map(({ place, text }) => [place, text]));
  expect(texts.get('link')).toBe('');
  expect(texts.get('large')?.length).toBe(commandBytesMax + 1);
  expect([...texts.keys()].every((place) => /^[A-Za-z0-9._-]{1,100}$/.test(place))).toBe(true);
  expect([...texts.values()].join()).not.toContain('secret');
});
