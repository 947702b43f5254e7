import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { answersFolder, openKept } from './kept-answers.ts';

/** A file with `a` and `b` in it, each on a line of its own. */
async function written() {
  const folder = answersFolder();
  const first = await openKept(folder);
  first.keep(['a']);
  first.keep(['b']);
  await first.close();
  return { folder, file: first.file };
}

describe('the next process', () => {
  test('has the answers of the one before', async () => {
    const { folder } = await written();
    const second = await openKept(folder);
    expect(second.known(['a', 'b', 'c'])).toEqual(['a', 'b']);
    second.keep(['c']);
    await second.close();
    const third = await openKept(folder);
    expect(third.known(['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
    await third.close();
    expect(third.problems).toEqual([]);
  });

  test('has none that has expired meanwhile', async () => {
    const { folder } = await written();
    const second = await openKept(folder, 1_600_000);
    expect(second.known(['a', 'b'])).toEqual([]);
    await second.close();
  });

  test('has none of a version of the pattern before the last', async () => {
    const folder = answersFolder();
    const first = await openKept(folder);
    first.keep(['a']);
    first.keep(['b'], { patternVersion: '8-bb' });
    await first.close();
    const second = await openKept(folder);
    expect(second.known(['a', 'b'])).toEqual(['b']);
    await second.close();
  });

  test('nobody else may read them', async () => {
    const { file } = await written();
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(dirname(file)).mode & 0o777).toString(8)).toBe('700');
  });
});

describe('a file that is not as it was written', () => {
  test('a last line that a kill has torn is left out, and what comes is written behind the good ones', async () => {
    const { folder, file } = await written();
    appendFileSync(file, readFileSync(file, 'utf8').split('\n')[1]?.slice(0, 40) ?? '');
    const second = await openKept(folder);
    expect(second.known(['a', 'b'])).toEqual(['a', 'b']);
    second.keep(['c']);
    await second.close();
    const third = await openKept(folder);
    expect(third.known(['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
    await third.close();
    expect([...second.problems, ...third.problems]).toEqual([]);
  });

  test.each<[string, (text: string) => string]>([
    ['a bit', (text) => text.replace('"malicious"', '"malicioqs"')],
    ['a line in the middle', (text) => text.replace(/\n[0-9a-f]{8} /, '\nffffffff ')],
    ['the header', (text) => text.replace('sekisho answers 1', 'sekisho answers 9')],
    ['all of it', () => '\0\0\0\0\n\0\0\0\n'],
  ])('%s: none is used, a problem is told, and it begins anew', async (_what, damage) => {
    const { folder, file } = await written();
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    const second = await openKept(folder);
    expect(second.known(['a', 'b'])).toEqual([]);
    expect(second.problems.join()).toMatch(/cannot be read .* all are asked for again: AnswersDamaged/);
    second.keep(['c']);
    await second.close();
    const third = await openKept(folder);
    expect(third.known(['a', 'b', 'c'])).toEqual(['c']);
    expect(third.problems).toEqual([]);
    await third.close();
  });

  test('a folder in its place: it goes on in memory', async () => {
    const folder = answersFolder();
    mkdirSync(`${folder}/answers`, { recursive: true });
    writeFileSync(`${folder}/answers/x`, '');
    const kept = await openKept(folder);
    kept.keep(['a']);
    await kept.close();
    expect(kept.known(['a'])).toEqual(['a']);
    expect(kept.problems.map((problem) => problem.slice(0, 50))).toEqual([
      'the kept answers of reputation services cannot be ',
      'the answers of reputation services cannot be writt',
    ]);
  });
});

describe('writing', () => {
  const holds = (file: string, text: string) => existsSync(file) && readFileSync(file, 'utf8').includes(text);

  test('goes on by itself, without an end', async () => {
    const kept = await openKept(answersFolder());
    kept.keep(['a']);
    await eventually('the answer', () => holds(kept.file, '"a"'));
    await kept.close();
  });

  test('that all answers are void is written without waiting for more', async () => {
    const { folder, file } = await written();
    const second = await openKept(folder);
    second.keep(['x'], { patternVersion: '8-bb' });
    await eventually('that all is void', () => holds(file, '"emptied"'));
    await second.close();
  });

  test('a file that has grown is written anew, with what is still kept', async () => {
    const kept = await openKept(answersFolder());
    await eventually('a file', () => existsSync(kept.file));
    const hashes = Array.from({ length: 1000 }, (_, index) => `hash ${index}`);
    for (let each = 0; each < 40; each++) {
      kept.state.nowMs += 1000;
      kept.keep(hashes);
    }
    // All forty are more than 3 MB.
    await eventually('a small file', () => holds(kept.file, 'hash 999') && statSync(kept.file).size < 1_000_000);
    kept.keep(['last']);
    await kept.close();
    const next = await openKept(dirname(kept.file), kept.state.nowMs);
    expect(next.known([...hashes, 'last']).length).toBe(1001);
    expect(existsSync(`${kept.file}.new`)).toBe(false);
    await next.close();
  });

  test('a disk that takes nothing: told once, it goes on in memory, and is written when it can be', async () => {
    const folder = answersFolder();
    // Nothing can be written under a name that is a folder.
    mkdirSync(`${folder}/answers.new`, { recursive: true });
    const kept = await openKept(folder);
    await eventually('a problem', () => kept.problems.length > 0);
    kept.keep(['a']);
    expect(kept.known(['a'])).toEqual(['a']);
    rmdirSync(`${folder}/answers.new`);
    await kept.close();
    const next = await openKept(folder);
    expect(next.known(['a'])).toEqual(['a']);
    await next.close();
    expect([kept.problems.length, next.problems.length]).toEqual([1, 0]);
  });
});
