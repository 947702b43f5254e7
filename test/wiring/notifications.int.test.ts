import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createJournal } from '../../src/adapters/journal/create-journal.ts';
import { openOutbox } from '../../src/adapters/notification-outbox/open-outbox.ts';
import { outboxFile } from '../../src/adapters/notification-outbox/outbox-file.ts';
import { readDeliveries } from '../../src/adapters/notification-outbox/read-deliveries.ts';
import type { Envelope, Lane } from '../../src/events/envelope.ts';
import { laneOf } from '../../src/events/lane.ts';
import { eventually } from '../support/eventually.ts';
import { eventsOf } from '../support/fold.ts';
import { Lab, type SekishoProcess } from '../support/processes.ts';
import { type SinkMoment, type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** Real programs that keep the views of a log up to date and send what is due, killed wherever it hurts. */

let lab: Lab;
let relay: SmtpSink;
let state: string;

beforeEach(async () => {
  relay = await startSmtpSink();
  lab = new Lab({
    'notify.mail_relay': relay.url,
    'notify.mail_from': 'sekisho@example.org',
    'notify.mail_to': 'admin@example.org',
    'notify.server_recovered_mail': 'yes',
  });
  state = join(lab.folder, 'state');
});
afterEach(async () => {
  await lab.close();
  await relay.close();
});

/** A log with an outage and its end, that happened just now, after notifications were switched on. */
async function writeOutage(): Promise<void> {
  openOutbox({ file: outboxFile(state), sinceMs: Date.now() - 60_000, onProblem: () => {} }).close();
  const journal = await createJournal({ folder: join(state, 'journal'), freeBytesMin: 0 });
  for (const event of outage()) journal.append(laneOf(event) as Lane, event);
  await journal.durable();
  await journal.close();
}

function outage(): Envelope[] {
  const event = eventsOf();
  const server = (type: string, from: string) =>
    event(`server.${type}`, 'server/sps.example:443', {
      server: 'sps.example:443',
      from,
      state: 'x',
      cacheSeconds: 300,
    });
  const events = [
    server('cached-invalid', 'Failing'),
    event('method.conventional', 'method', { from: 'Smart' }, 'ERROR'),
    server('healthy', 'FailedOver.Probing'),
    event('method.smart', 'method', { from: 'Conventional' }),
  ];
  return events.map((each, index) => ({ ...each, time: new Date(Date.now() - 1000 + index).toISOString() }));
}

const run = () => lab.run(['projections', 'run']);
const open = () => readDeliveries(outboxFile(state), 1000).filter(({ state }) => state === 'open');
const header = (name: string) =>
  relay.messages.map(
    ({ content }) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(content.toString('latin1'))?.[1] ?? '',
  );
const kinds = () => header('X-Sekisho-Notification');

/** Everything in the log is in the view, and nothing waits. */
async function untilAllIsSent(program: SekishoProcess, count: number): Promise<void> {
  await eventually(
    'all is sent',
    () =>
      readDeliveries(outboxFile(state), 1000).filter(({ state }) => state === 'sent').length >= count &&
      open().length === 0,
    60_000,
    () => program.tail(),
  );
}

async function untilCaughtUp(program: SekishoProcess): Promise<void> {
  await program.untilOutput(/projection\/notifications live/);
}

describe('notifications of a log', () => {
  test('each once and in order; a rebuild, by whatever program, never sends again; nor does a lost view', async () => {
    await writeOutage();
    let program = run();
    await untilAllIsSent(program, 3);
    expect([...kinds()].sort()).toEqual(['failover', 'server-recovered', 'server-unavailable']);
    expect(kinds().indexOf('server-unavailable')).toBeLessThan(kinds().indexOf('server-recovered'));

    const rebuilt = await lab.command('projections', 'rebuild', 'notifications');
    expect(rebuilt.code).toBe(0);
    await program.stop();
    rmSync(join(state, 'projections'), { recursive: true });
    program = run();
    await untilCaughtUp(program);
    await program.stop();
    expect(open()).toEqual([]);
    expect(relay.messages).toHaveLength(3);
  });

  test('a fresh state folder with an old log sends nothing of it', async () => {
    await writeOutage();
    rmSync(join(state, 'notifications'), { recursive: true });
    const program = run();
    await untilCaughtUp(program);
    await program.stop();
    expect(readDeliveries(outboxFile(state), 10)).toEqual([]);
    expect(relay.commands).toEqual([]);
  });

  test('notify list shows what was sent', async () => {
    await writeOutage();
    const program = run();
    await untilAllIsSent(program, 3);
    await program.stop();
    const { stdout } = await lab.command('notify', 'list');
    expect(stdout.trimEnd().split('\n')).toHaveLength(4);
    expect(stdout).toMatch(/sent +server-unavailable +1 +mail +admin@example\.org +1 .*250/);
    const { stdout: json } = await lab.command('notify', 'list', '--limit', '1', '--format', 'json');
    expect(JSON.parse(json)).toMatchObject({
      state: 'sent',
      channel: 'mail',
      target: 'admin@example.org',
      attempts: 1,
    });
  });
});

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('kill -9', () => {
  /** Runs programs one after the other, each killed where `isFatal` says so, until everything was sent. */
  async function sendThrough(isFatal: (moment: SinkMoment) => boolean): Promise<{ kills: number; afterDot: number }> {
    let kills = 0;
    let afterDot = 0;
    let killed = Promise.withResolvers<void>();
    let isDying = false;
    relay.script = (moment) => {
      if (!isFatal(moment)) {
        // Another one, on its way to the relay while the program dies.
        if (isDying && moment.verb === '.') afterDot++;
        return undefined;
      }
      isDying = true;
      kills++;
      // The other half of what may happen at the dot: the mail is taken, and the program dies before it hears of it.
      const isTaken = moment.verb === '.' && kills % 2 === 0;
      if (isTaken) afterDot++;
      killed.resolve();
      return isTaken ? undefined : { hang: true };
    };
    for (;;) {
      killed = Promise.withResolvers();
      isDying = false;
      const program = run();
      const isOver = await Promise.race([
        killed.promise.then(() => false),
        untilAllIsSent(program, 3).then(() => true),
      ]);
      await program.kill();
      relay.dropAll();
      if (isOver) return { kills, afterDot };
    }
  }

  test.each(['connect', 'RCPT', '.'])(
    'at every first %s: nothing is lost, and nothing comes twice but what was taken in that moment',
    async (verb) => {
      await writeOutage();
      const { kills, afterDot } = await sendThrough((moment) => moment.verb === verb && moment.count <= 2);
      expect(kills).toBe(2);
      expect(new Set(header('Message-ID')).size).toBe(3);
      expect(new Set(kinds())).toEqual(new Set(['server-unavailable', 'failover', 'server-recovered']));
      expect(relay.messages.length).toBeLessThanOrEqual(3 + afterDot);
    },
  );

  test.each([1, 2, 3])('wherever chance wants it, seed %i', async (seed) => {
    await writeOutage();
    const next = numbersOf(seed);
    let left = 6;
    const { kills } = await sendThrough(() => left > 0 && next() < 0.2 && left-- > 0);
    expect(new Set(header('Message-ID')).size).toBe(3);
    // A kill at the next connection may come before the answer to the mail before is noted.
    expect(relay.messages.length).toBeLessThanOrEqual(3 + kills);
    expect(kinds().indexOf('server-unavailable')).toBeLessThan(kinds().indexOf('server-recovered'));
  });
});
