import { afterEach, describe, expect, test } from 'vitest';
import type { ContentPattern, ReadRequest } from '../../../src/actors/ports/scanning.ts';
import { createIsolatedReader, type IsolatedReader } from '../../../src/adapters/message-reader/isolated-reader.ts';
import { createLocalReader } from '../../../src/adapters/message-reader/local-reader.ts';
import { attachment, mail, multipart, textPart, zip } from '../../support/mails.ts';
import { limits } from '../unpack/unpacked.ts';

const harmful: ContentPattern = { engine: 'harm', id: 'harm 1', data: 'WORD' };
const never = new AbortController().signal;
const problems: string[] = [];
let reader: IsolatedReader | undefined;

function open(changes: Partial<Parameters<typeof createIsolatedReader>[0]> = {}): IsolatedReader {
  reader = createIsolatedReader({
    workers: 2,
    memoryBytesMax: 256 * 2 ** 20,
    file: new URL('./bad-worker.ts', import.meta.url),
    onProblem: (problem) => problems.push(problem),
    graceMs: 300,
    ...changes,
  });
  return reader;
}

afterEach(async () => {
  await reader?.close();
  reader = undefined;
  expect(problems.splice(0)).toEqual([]);
});

const message = (...files: string[]) =>
  mail(multipart([textPart('text'), ...files.map((text, index) => attachment(`${index}.bin`, Buffer.from(text)))]));

/** Too large for the place that is kept for small ones. */
const large = (text: string) => message(text, 'x'.repeat(20_000));

const everySize = { bits: new Uint8Array(64), any: true };

function request(content: Buffer, changes: Partial<ReadRequest> = {}): ReadRequest {
  return {
    message: content,
    limits,
    digests: [{ algorithm: 'md5', sizes: everySize }],
    patterns: [harmful],
    msMax: 60_000,
    ...changes,
  };
}

const wordFound = expect.objectContaining({
  matches: [expect.objectContaining({ name: 'Test.Word', engine: 'harm' })],
});

test('gives the same as a reader on this thread', async () => {
  const content = mail(
    multipart([textPart('body\nof text'), attachment('a.zip', zip([{ name: 'b.txt', content: Buffer.from('b') }]))]),
  );
  const asked = request(content, { patterns: [] });
  expect(await open().read(asked, never)).toEqual(await createLocalReader().read(asked, never));
});

test('a pattern finds what it is for, in the contents of files', async () => {
  const { files } = await open().read(request(message('WORD', 'other')), never);
  expect(files.filter(({ matches }) => matches !== undefined)).toEqual([wordFound]);
});

describe('what a message does to its thread is its own trouble', () => {
  test.each([
    ['hang', 'too-slow'],
    ['wait for ever', 'too-slow'],
    ['many objects', 'too-large'],
    ['large arrays', 'too-large'],
    ['buffers', 'too-large'],
    ['exit', 'crashed'],
    ['throw later', 'crashed'],
  ])('%s: %s, and all others are read', async (harm, reason) => {
    const pool = open();
    const slow = reason === 'too-slow' ? { msMax: 500 } : {};
    const others = () => Array.from({ length: 20 }, () => pool.read(request(message('WORD')), never));
    const [bad, ...good] = await Promise.all([pool.read(request(message(`HARM: ${harm}`), slow), never), ...others()]);
    expect(bad).toEqual({ files: [], parts: [], unscannable: [{ reason, path: ['message'] }] });
    for (const read of [...good, ...(await Promise.all(others()))]) expect(read.files).toContainEqual(wordFound);
  });

  test('deep recursion is the trouble of that file alone', async () => {
    const { files, unscannable } = await open().read(request(message('HARM: deep recursion', 'WORD')), never);
    expect(unscannable).toEqual([{ reason: 'crashed', path: ['0.bin'], part: 1 }]);
    expect(files).toContainEqual(wordFound);
  });

  test('more of them at one time than there are threads', async () => {
    const pool = open();
    const harms = ['hang', 'exit', 'buffers', 'hang', 'throw later', 'hang', 'exit', 'hang'];
    const bad = harms.map((harm) => pool.read(request(message(`HARM: ${harm}`), { msMax: 500 }), never));
    const good = Array.from({ length: 10 }, () => pool.read(request(message('WORD')), never));
    const reasons = (await Promise.all(bad)).flatMap(({ unscannable }) => unscannable.map(({ reason }) => reason));
    expect(reasons.filter((reason) => reason === 'crashed')).toHaveLength(3);
    expect(reasons).toHaveLength(harms.length);
    for (const { files } of await Promise.all(good)) expect(files).toContainEqual(wordFound);
  });
});

test('who takes long does not keep others waiting', async () => {
  const pool = open({ workers: 1, makeWayMs: 200 });
  let over = false;
  const hanging = pool.read(request(large('HARM: hang')), never).then(() => (over = true));
  const { files } = await pool.read(request(large('WORD')), never);
  expect([over, files]).toEqual([false, expect.arrayContaining([wordFound])]);
  await pool.close();
  await expect(hanging).resolves.toBe(true);
});

test('a scan that is given up ends its thread; one that waits gives up its place in line', async () => {
  const pool = open({ workers: 1, makeWayMs: 60_000 });
  const [hanging, waiting] = [new AbortController(), new AbortController()];
  const reads = [
    pool.read(request(large('HARM: hang')), hanging.signal),
    pool.read(request(large('WORD')), waiting.signal),
  ];
  const last = pool.read(request(large('WORD')), never);
  waiting.abort(new Error('gone'));
  await expect(reads[1]).rejects.toThrow('gone');
  hanging.abort(new Error('given up'));
  await expect(reads[0]).rejects.toThrow('given up');
  expect((await last).files).toContainEqual(wordFound);
});

test('a pattern that cannot be loaded is trouble of ours, and not of the message', async () => {
  const broken = { engine: 'broken', id: 'broken 1', data: undefined };
  await expect(open().read(request(message('x'), { patterns: [broken] }), never)).rejects.toThrow('cannot be loaded');
  const unknown = { engine: 'unknown', id: 'unknown 1', data: undefined };
  await expect(reader?.read(request(message('x'), { patterns: [unknown] }), never)).rejects.toThrow('no such engine');
});

test('a thread that cannot start is trouble of ours', async () => {
  const pool = open({ file: new URL('./no-such-worker.ts', import.meta.url) });
  await expect(pool.read(request(message('x')), never)).rejects.toThrow();
  await expect.poll(() => new Set(problems)).toEqual(new Set(['a thread that reads messages did not start']));
  await pool.close();
  problems.splice(0);
});
