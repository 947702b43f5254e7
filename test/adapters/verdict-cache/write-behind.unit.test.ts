import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AnswerChange } from '../../../src/actors/ports/answer-store.ts';
import type { AnswerFile } from '../../../src/adapters/verdict-cache/answer-file.ts';
import { createWriteBehind } from '../../../src/adapters/verdict-cache/write-behind.ts';

/** A disk in the test's hand: what it was given, in order. */
class Disk implements AnswerFile {
  readonly log: string[] = [];
  isFull = false;
  size: number;
  constructor(size: number) {
    this.size = size;
  }
  bytes() {
    return this.size;
  }
  async append(lines: string) {
    this.#check();
    this.log.push(`append ${lines.trimEnd().split('\n').length}`);
    this.size += lines.length;
  }
  async replace(lines: Iterable<string>) {
    this.#check();
    const all = [...lines];
    this.log.push(`replace ${all.length}`);
    this.size = all.join('').length + 1;
  }
  async remove() {
    this.log.push('remove');
    this.size = 0;
  }
  async close() {
    this.log.push('close');
  }
  #check() {
    if (this.isFull) throw new Error('disk full');
  }
}

const change: AnswerChange = {
  kept: { service: 'list', server: 's', patternId: 'p', patternVersion: '7-aa', atMs: 0, answers: [] },
};

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function behind(size = 100) {
  const disk = new Disk(size);
  const problems: unknown[] = [];
  const kept = { changes: [change, change] };
  const writer = createWriteBehind({
    ...{ file: disk, changes: () => kept.changes, now: Date.now },
    onProblem: (error) => problems.push(error),
  });
  return { disk, problems, kept, writer, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

describe('changes', () => {
  test('wait for more, for a second', async () => {
    const { disk, writer, pass } = behind();
    writer.note(change);
    await pass(600);
    writer.note(change);
    await pass(399);
    expect(disk.log).toEqual([]);
    await pass(1);
    expect(disk.log).toEqual(['append 2']);
    await pass(10_000);
    expect(disk.log).toEqual(['append 2']);
  });

  test('that all is void waits for nothing, and takes along what waits', async () => {
    const { disk, writer, pass } = behind();
    writer.note(change);
    writer.note({ emptied: 'list' });
    await pass(0);
    expect(disk.log).toEqual(['append 2']);
  });

  test('of the last moment are written at the end', async () => {
    const { disk, writer } = behind();
    writer.note(change);
    await writer.close();
    expect(disk.log).toEqual(['append 1', 'close']);
  });

  test('that no disk takes do not take the memory: all is written anew instead', async () => {
    const { disk, writer, pass } = behind();
    const large = { kept: { ...('kept' in change ? change.kept : never()), patternId: 'x'.repeat(1_000_000) } };
    for (let each = 0; each < 20; each++) writer.note(large);
    await pass(1000);
    expect(disk.log).toEqual(['replace 2']);
  });
});

describe('the file is made anew', () => {
  test('where there is none', async () => {
    const { disk, pass } = behind(0);
    await pass(0);
    expect(disk.log).toEqual(['replace 2']);
  });

  test('when it is a day old: what has expired goes from the disk', async () => {
    const { disk, pass } = behind();
    await pass(22 * 3_600_000 + 2000);
    expect(disk.log).toEqual([]);
    await pass(3_600_000);
    expect(disk.log).toEqual(['replace 2']);
    await pass(24 * 3_600_000);
    expect(disk.log).toEqual(['replace 2', 'replace 2']);
  });

  test('and when the clock says that it comes from another time', async () => {
    const { disk, pass } = behind();
    vi.setSystemTime(Date.now() - 2 * 86_400_000);
    await pass(3_602_000);
    expect(disk.log).toEqual(['replace 2']);
  });
});

test('a full disk: the file goes, as it may lack that all is void; told once each time, tried again after a minute', async () => {
  const { disk, problems, writer, pass } = behind();
  disk.isFull = true;
  writer.note(change);
  await pass(1000);
  expect(disk.log).toEqual(['remove']);
  writer.note(change);
  await pass(59_999);
  expect(disk.log).toEqual(['remove']);
  await pass(1);
  expect(disk.log).toEqual(['remove', 'remove']);
  expect(problems).toHaveLength(1);
  disk.isFull = false;
  await pass(60_000);
  expect(disk.log.slice(2)).toEqual(['replace 2']);
  disk.isFull = true;
  writer.note(change);
  await pass(1000);
  expect(problems).toHaveLength(2);
});

function never(): never {
  throw new Error('not a kept one');
}
