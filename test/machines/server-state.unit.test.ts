import { describe, expect, test } from 'vitest';
import {
  failCount,
  failureTreatment,
  isConventional,
  isInvalid,
  isUsable,
  type ServerState,
  serverState,
} from '../../src/machines/server-state.ts';
import { serverIn } from './snapshots.ts';

const healthy = serverIn('Healthy');
const failing = serverIn('Failing', { queryFailures: 10 });
const invalid = serverIn({ CachedInvalid: 'Unasked' }, { queryFailures: 11, trips: 1 });
const throttled = serverIn({ Throttled: 'Unasked' });
const failedOver = serverIn({ FailedOver: 'Resting' });
const leftOut = serverIn('LeftOut');

describe('state of a server', () => {
  test.each<[ServerState, ReturnType<typeof serverIn>, boolean, boolean]>([
    ['Healthy', healthy, true, false],
    ['Failing', failing, true, false],
    ['CachedInvalid', invalid, false, true],
    ['Throttled', throttled, false, true],
    ['FailedOver', failedOver, false, false],
    ['LeftOut', leftOut, false, false],
  ])('%s: usable or invalid (sections 4 and 5, D6, D11)', (name, snapshot, usable, isNowInvalid) => {
    expect([serverState(snapshot), isUsable(snapshot), isInvalid(snapshot)]).toEqual([name, usable, isNowInvalid]);
  });

  test('D9: the fail count is the sum of both kinds', () => {
    expect(failCount(serverIn('Failing', { queryFailures: 3, versionFailures: 4 }))).toBe(7);
  });
});

describe('D15: treatment of a failed query', () => {
  const tripped = (trips: number) => serverIn({ CachedInvalid: 'Unasked' }, { queryFailures: 11, trips });
  test.each([
    ['a failure that is counted', healthy, failing, 'deferred'],
    ['the failure that trips for the first time', failing, tripped(1), 'deferred'],
    ['a failure that trips again', failing, tripped(2), 'while-invalid'],
    ['a failure when the server is invalid already', tripped(1), tripped(1), 'while-invalid'],
    ['a failure when it is throttled', throttled, throttled, 'while-invalid'],
    ['a 429 (D6)', healthy, throttled, 'while-invalid'],
    ['a late failure of a server that is failed over', failedOver, failedOver, 'while-invalid'],
  ] as const)('%s', (_what, before, after, treatment) => {
    expect(failureTreatment(before, after)).toBe(treatment);
  });
});

describe('D16: the method is conventional exactly when every server is failed over', () => {
  test.each([
    ['all failed over', [failedOver, serverIn({ FailedOver: 'Probing' })], true],
    ['one usable', [failedOver, healthy], false],
    ['one still cached as invalid', [failedOver, invalid], false],
    ['D11: one left out has no say', [failedOver, leftOut], true],
    ['only left-out ones', [leftOut], false],
    ['no server', [], false],
  ] as const)('%s', (_what, snapshots, conventional) => {
    expect(isConventional(snapshots)).toBe(conventional);
  });
});
