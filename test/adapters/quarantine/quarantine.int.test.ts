import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createQuarantine } from '../../../src/adapters/quarantine/create-quarantine.ts';
import { openQuarantine } from '../../../src/adapters/quarantine/open-quarantine.ts';
import { QuarantineProblem } from '../../../src/adapters/quarantine/problem.ts';
import { contentOf, entryOf } from './entries.ts';

const idA = 'AAAAAAAA-0000-4000-8000-000000000001';
const idB = 'AAAAAAAA-0000-4000-8000-000000000002';
const idC = 'CCCCCCCC-0000-4000-8000-000000000003';
let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'quarantine-'));
  folder = join(root, 'state', 'quarantine');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function problemOf(action: Promise<unknown>): Promise<QuarantineProblem> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(QuarantineProblem);
  return error as QuarantineProblem;
}

test('a message and its metadata are kept under its id only, private, and read back whole', async () => {
  const entry = entryOf(idA, { subject: '../../../etc/passwd', files: ['../x', 'a\u202eb'] });
  await createQuarantine({ folder }).store(entry, [Buffer.from('a\0'), Buffer.from('\xff\n.\n', 'latin1')]);
  const day = join(folder, '2026-03-01');
  expect((await readdir(day)).sort()).toEqual([`${idA}.eml`, `${idA}.json`]);
  for (const name of await readdir(day)) expect((await stat(join(day, name))).mode & 0o777).toBe(0o600);
  for (const made of [day, folder]) expect((await stat(made)).mode & 0o777).toBe(0o700);
  expect(await openQuarantine(folder).read(idA)).toEqual({ entry, content: Buffer.from('a\0\xff\n.\n', 'latin1') });
});

test('the list is newest first over days, and stops at its limit', async () => {
  const quarantine = createQuarantine({ folder });
  await quarantine.store(entryOf(idA, { time: '2026-03-01T09:00:00.000Z' }), [Buffer.from('a')]);
  await quarantine.store(entryOf(idC, { time: '2026-02-28T23:59:59.000Z' }), [Buffer.from('c')]);
  await quarantine.store(entryOf(idB, { time: '2026-03-01T10:00:00.000Z' }), [Buffer.from('b')]);
  const open = openQuarantine(folder);
  expect((await open.list()).entries.map(({ id }) => id)).toEqual([idB, idA, idC]);
  expect((await open.list({ limit: 1 })).entries.map(({ id }) => id)).toEqual([idB]);
});

test('a prefix is enough when it fits one entry, in any case', async () => {
  const quarantine = createQuarantine({ folder });
  for (const id of [idA, idB, idC]) await quarantine.store(entryOf(id), [Buffer.from(id)]);
  const open = openQuarantine(folder);
  expect((await open.read('cccc')).entry.id).toBe(idC);
  expect(await problemOf(open.read('AAAA'))).toMatchObject({
    kind: 'ambiguous',
    message: '"AAAA": fits 2 messages, give more of the id',
  });
  for (const id of ['D', '', '../', `${idC}0`]) expect((await problemOf(open.read(id))).kind).toBe('unknown');
  expect((await problemOf(openQuarantine(join(root, 'none')).delete('A'))).kind).toBe('unknown');
});

test('a release notes who has it, and the rest of the metadata stays; deleting removes everything', async () => {
  await createQuarantine({ folder }).store(entryOf(idA), [Buffer.from('a')]);
  const open = openQuarantine(folder);
  const release = await open.release('AAAA', false);
  expect(release).toMatchObject({ entry: entryOf(idA), content: Buffer.from('a') });
  await release.delivered(['b@example.org']);
  await release.delivered(['c@example.org', 'b@example.org']);
  await release.end(true);
  const { releasedAt, ...rest } = (await open.read(idA)).entry;
  expect(Date.parse(releasedAt ?? '')).not.toBeNaN();
  expect(rest).toEqual({ ...entryOf(idA), releasedTo: ['b@example.org', 'c@example.org'] });
  expect(await open.delete('aaaa')).toBe(idA);
  expect(await readdir(join(folder, '2026-03-01'))).toEqual([]);
  expect(await open.list()).toEqual({ entries: [], damaged: [], unfinished: [] });
});

test('of two releases at the same time one is refused, also after one that a crash cut short', async () => {
  await createQuarantine({ folder }).store(entryOf(idA), [Buffer.from('a')]);
  const open = openQuarantine(folder);
  const both = await Promise.allSettled([open.release(idA, false), open.release(idA, false)]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  // None has ended: as if its program had been killed.
  expect(await problemOf(openQuarantine(folder).release(idA, false))).toMatchObject({
    kind: 'busy',
    message: expect.stringMatching(/began at 2\S+ has not ended, and may have delivered it/),
  });
  const release = await open.release(idA, true);
  await release.end(false);
  expect((await problemOf(open.release(idA, false))).kind).toBe('busy');
  await (await open.release(idA, true)).end(true);
  await (await open.release(idA, false)).end(true);
});

describe('what cannot be stored is told, and leaves no entry', () => {
  test.each(['../../x', 'x', '', `${idA}/../x`])('an id that is no GUID: %j', async (id) => {
    await expect(createQuarantine({ folder }).store(entryOf(id), [])).rejects.toThrow('is not a GUID');
  });

  test('a time that is no time, a folder that is a file', async () => {
    await expect(createQuarantine({ folder }).store(entryOf(idA, { time: '../x' }), [])).rejects.toThrow(RangeError);
    await writeFile(join(root, 'file'), '');
    await expect(createQuarantine({ folder: join(root, 'file') }).store(entryOf(idA), [])).rejects.toThrow(
      /EEXIST|ENOTDIR/,
    );
  });

  test('an id that is taken keeps what is there', async () => {
    const quarantine = createQuarantine({ folder });
    await quarantine.store(entryOf(idA), [Buffer.from('first')]);
    await expect(quarantine.store(entryOf(idA), [Buffer.from('second')])).rejects.toThrow('EEXIST');
    expect((await openQuarantine(folder).read(idA)).content.toString()).toBe('first');
  });

  test('metadata that cannot be put in its place: the message goes, too', async () => {
    await mkdir(join(folder, '2026-03-01', `${idA}.json.tmp`), { recursive: true });
    await expect(createQuarantine({ folder }).store(entryOf(idA), [Buffer.from('x')])).rejects.toThrow('EEXIST');
    expect((await openQuarantine(folder).list()).entries).toEqual([]);
    expect(await readdir(join(folder, '2026-03-01'))).not.toContain(`${idA}.eml`);
  });
});

describe('what is damaged is told, does not hide the rest, and can be deleted', () => {
  beforeEach(() => createQuarantine({ folder }).store(entryOf(idC), [Buffer.from('good')]));
  const path = (id: string, ending: string) => join(folder, '2026-03-01', id + ending);

  test.each([
    ['cut short', '{"id": "AAAA', /JSON/],
    ['no object', '[]', /not an object/],
    [
      'without a field',
      JSON.stringify({ ...entryOf(idA), recipients: undefined }),
      /field recipients is missing or wrong/,
    ],
    [
      'with a wrong field',
      JSON.stringify({ ...entryOf(idA), mailFrom: { path: 1, parameters: [] } }),
      /field mailFrom/,
    ],
    ['of another id', JSON.stringify(entryOf(idB)), new RegExp(`is of ${idB}`)],
    ['too large', ' '.repeat(4 * 1024 * 1024 + 1), /over 4194304 bytes/],
  ])('metadata %s', async (_, json, problem) => {
    await writeFile(path(idA, '.json'), json);
    await writeFile(path(idA, '.eml'), 'x');
    const open = openQuarantine(folder);
    const listing = await open.list();
    expect(listing.entries.map(({ id }) => id)).toEqual([idC]);
    expect(listing.damaged).toEqual([expect.stringMatching(problem)]);
    expect(await problemOf(open.read(idA))).toMatchObject({ kind: 'damaged', message: expect.stringMatching(problem) });
    await open.delete(idA);
    expect((await open.list()).damaged).toEqual([]);
  });

  test('a message that is missing', async () => {
    await rm(path(idC, '.eml'));
    expect((await openQuarantine(folder).list()).damaged).toEqual([expect.stringContaining('ENOENT')]);
  });

  test('what a crash left has no metadata: unfinished, never an entry', async () => {
    await writeFile(path(idA, '.eml'), 'half');
    await writeFile(path(idA, '.json.tmp'), '{');
    const open = openQuarantine(folder);
    expect(await open.list()).toMatchObject({ damaged: [], unfinished: [idA] });
    expect(await problemOf(open.read(idA))).toMatchObject({
      kind: 'damaged',
      message: `${idA}: unfinished, has no metadata`,
    });
    await open.delete(idA);
    expect((await open.list()).unfinished).toEqual([]);
  });

  test('other files and folders are left alone', async () => {
    await writeFile(join(folder, 'notes.txt'), 'x');
    await symlink('/', join(folder, '2026-99'));
    await writeFile(path('readme', '.json'), '{}');
    expect(await openQuarantine(folder).list()).toMatchObject({ entries: [{ id: idC }], damaged: [], unfinished: [] });
  });
});

test('kill -9 while storing: every message that was said to be stored is there whole, and nothing half is an entry', async () => {
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'store-until-killed.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const said: string[] = [];
    for await (const id of createInterface({ input: child.stdout })) {
      said.push(id);
      if (said.length === 25 + round) child.kill('SIGKILL');
    }
    await exited;
    const { entries, damaged, unfinished } = await openQuarantine(folder).list();
    expect(damaged).toEqual([]);
    expect(unfinished.length).toBeLessThanOrEqual(4 * (round + 1));
    const ids = new Set(entries.map(({ id }) => id));
    for (const id of said) expect(ids).toContain(id);
    for (const id of ids) {
      expect(await readFile(join(folder, '2026-03-01', `${id}.eml`))).toEqual(contentOf(id));
    }
  }
});
