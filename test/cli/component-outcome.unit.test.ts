import { expect, test } from 'vitest';
import { componentOutcome, exitCodeOfAll, outcomeRow, outcomeText } from '../../src/cli/component-outcome.ts';
import { componentProblems } from '../../src/events/component-problem.ts';
import type { Envelope } from '../../src/events/envelope.ts';

const source = '/sekisho/gateway/mx1';
const outcome = (data: object | undefined) => componentOutcome(source, data && ({ data } as Envelope));
const failed = (failure: string | null, reason = 'why') => outcome({ state: 'Failed', reason, failure, result: null });
const done = (before: string | null, version: string) =>
  outcome({ state: 'Done', result: { epoch: 2, before, version } });

test('what came of it, for people and for programs', () => {
  expect(done('1', '2')).toEqual({
    ...{ gateway: 'mx1', outcome: 'done', before: '1', version: '2', failure: null, reason: null },
  });
  expect(outcomeText(done('1', '2'))).toBe('2 is in use, before it was 1');
  expect(outcomeText(done('2', '2'))).toBe('2 is in use, and is the newest');
  expect(outcomeText(done(null, '2'))).toBe('2 is in use');
  expect(outcomeText(failed('corrupted'))).toBe('failed (corrupted): why');
  expect(outcomeText(outcome({ state: 'Running' }))).toBe('silent: no outcome in time');
  expect(outcomeRow(done('2', '2'))).toEqual(['mx1', 'nothing new', '2', '2', '']);
  expect(outcomeRow(failed('corrupted', 'a\u202eb'))).toEqual(['mx1', 'failed', '-', '-', 'corrupted: a\\u{202e}b']);
  expect(outcomeRow(outcome(undefined))).toEqual(['mx1', 'silent', '-', '-', 'no outcome in time']);
});

test('the exit code says whose trouble it is; a failure is more than silence', () => {
  const codes = Object.fromEntries(componentProblems.map((problem) => [problem, exitCodeOfAll([failed(problem)])]));
  expect(codes).toEqual({
    ...{ interrupted: 75, corrupted: 65, malformed: 65, 'wrongly-signed': 65, 'no-key': 78, 'replayed-older': 65 },
    ...{ 'disk-full': 74, 'not-stored': 74, 'too-large': 65, 'does-not-load': 65, 'probe-failed': 65 },
    ...{ 'rolled-back': 69, 'nothing-before': 69 },
  });
  expect(exitCodeOfAll([failed('timeout')])).toBe(69);
  expect(exitCodeOfAll([failed(null)])).toBe(69);
  expect(exitCodeOfAll([done('1', '1'), done('1', '2')])).toBe(0);
  expect(exitCodeOfAll([done('1', '1'), outcome(undefined)])).toBe(75);
  expect(exitCodeOfAll([outcome(undefined), failed('no-key'), failed('corrupted')])).toBe(78);
});
