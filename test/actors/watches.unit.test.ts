import { expect, test } from 'vitest';
import type { JournalRoom, WatchedCertificate } from '../../src/actors/ports/watches.ts';
import { startWatches } from '../../src/actors/watches.ts';
import { createTransitionRecorder } from '../../src/adapters/inspection/transition-recorder.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const dayMs = 86_400_000;
const checkMs = 60_000;

function lab() {
  const clock = new SteppedClock();
  const events: Envelope[] = [];
  const problems: string[] = [];
  const world: { room: JournalRoom; certificates: WatchedCertificate[]; failure?: string } = {
    room: { heldBytes: 0, bytesMax: 1000, heldBy: null, freeBytes: 5000, diskBytes: 10_000 },
    certificates: [],
  };
  const measured = <Value>(value: Value): Value => {
    if (world.failure !== undefined) throw new Error(world.failure);
    return value;
  };
  const inspect = createTransitionRecorder({
    ...{ source: '/sekisho/gateway/test', idPrefix: 'test', now: clock.now },
    record: (_lane, event) => events.push(event),
    onProblem: (error) => expect.fail(String(error)),
  });
  const watches = startWatches({
    ...{ clock, inspect, checkMs },
    measures: { journalRoom: () => measured(world.room), certificates: () => measured(world.certificates) },
    onProblem: (problem, error) => problems.push(`${problem}: ${(error as Error).message}`),
    limits: { journalPercentMax: 80, diskFreeBytesMin: 1000, certificateDaysMin: 21 },
  });
  const pass = (ms: number) => clock.advance(ms, async () => {});
  const told = () => events.splice(0).map(({ type, severitytext }) => `${type} ${severitytext}`);
  return { clock, world, watches, pass, told, problems, events };
}

test('looks at once and then every minute, and tells changes only', async () => {
  const { world, pass, told } = lab();
  expect(told()).toEqual(['sekisho.journal.roomy.v1 DEBUG']);
  await pass(10 * checkMs);
  expect(told()).toEqual([]);
  world.room = { ...world.room, heldBytes: 850, heldBy: 'relay/kafka' };
  await pass(checkMs - 1);
  expect(told()).toEqual([]);
  await pass(1);
  await pass(checkMs);
  expect(told()).toEqual(['sekisho.journal.nearly-full.v1 ERROR']);
  world.room = { ...world.room, heldBytes: 0 };
  await pass(checkMs);
  expect(told()).toEqual(['sekisho.journal.roomy.v1 INFO']);
});

test('each certificate has a stream of its own; days go by with the clock', async () => {
  const { clock, world, pass, events, told } = lab();
  told();
  const endMs = clock.now() + 22 * dayMs;
  world.certificates = [
    { certificate: 'sps.example.org:443', host: 'sps.example.org', endMs },
    { certificate: 'smart_scan.ca_file', host: null, endMs: endMs + 1000 * dayMs },
  ];
  await pass(checkMs);
  expect(events.map(({ subject }) => subject)).toEqual([
    'certificate/sps.example.org:443',
    'certificate/smart_scan.ca_file',
  ]);
  expect(told()).toEqual(['sekisho.certificate.near-its-end.v1 WARN', 'sekisho.certificate.good.v1 DEBUG']);
  await pass(22 * dayMs);
  expect(events).toMatchObject([
    { subject: 'certificate/sps.example.org:443', data: { days: -1, end: new Date(endMs).toISOString() } },
  ]);
  expect(told()).toEqual(['sekisho.certificate.over.v1 ERROR']);
  world.certificates = [{ certificate: 'sps.example.org:443', host: 'sps.example.org', endMs: endMs + 90 * dayMs }];
  await pass(checkMs);
  expect(told()).toEqual(['sekisho.certificate.good.v1 INFO']);
});

test('what cannot be measured is told once, and again after it could be', async () => {
  const { world, pass, problems } = lab();
  world.failure = 'EIO';
  await pass(3 * checkMs);
  expect(problems).toEqual([
    'the room of the journal cannot be measured: EIO',
    'certificates cannot be looked at: EIO',
  ]);
  delete world.failure;
  await pass(checkMs);
  world.failure = 'EIO';
  await pass(checkMs);
  expect(problems).toHaveLength(4);
});

test('after its end it looks no more', async () => {
  const { clock, watches } = lab();
  watches.stop();
  expect(clock.nextDueMs()).toBeUndefined();
});
