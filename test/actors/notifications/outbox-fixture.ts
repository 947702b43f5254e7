import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type SenderParts, startSender } from '../../../src/actors/notifications/sender.ts';
import { type NotificationPolicy, takeIn } from '../../../src/actors/notifications/take-in.ts';
import type { NotificationOutbox } from '../../../src/actors/ports/notification-outbox.ts';
import type { NotificationChannel, NotificationOrder } from '../../../src/actors/ports/notifications.ts';
import { createTransitionRecorder } from '../../../src/adapters/inspection/transition-recorder.ts';
import { openOutbox } from '../../../src/adapters/notification-outbox/open-outbox.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import type { ChannelName, Due, Notification, NotificationKind } from '../../../src/events/notification.ts';
import type { TransitionData } from '../../../src/machines/replay.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

export const hourMs = 3_600_000;

/** Everything is on for both channels, each with the given targets. */
export function policyOf(targets: NotificationPolicy['targets'] = { mail: ['admin@example.org'] }): NotificationPolicy {
  return { targets, isOn: () => true, repeatMs: 300_000, lastedMs: 4 * hourMs, ageMsMax: 24 * hourMs };
}

/** A channel that answers as the test says, and remembers what it was given. */
export class ScriptedChannel implements NotificationChannel {
  readonly orders: NotificationOrder[] = [];
  answer: (order: NotificationOrder, signal: AbortSignal) => Promise<string> = async () => '250 ok';
  readonly name: ChannelName;
  readonly targets: readonly string[];
  constructor(name: ChannelName, targets: readonly string[]) {
    this.name = name;
    this.targets = targets;
  }
  send(order: NotificationOrder, signal: AbortSignal): Promise<string> {
    this.orders.push(order);
    return this.answer(order, signal);
  }
  async close(): Promise<void> {}
  told(): string[] {
    return this.orders.map(({ notification, target }) => `${notification.id} ${target}`);
  }
}

/** An outbox on disk under a clock that stands still. */
export class OutboxLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'sekisho-outbox-'));
  readonly file = join(this.folder, 'outbox.db');
  readonly clock = new SteppedClock();
  readonly problems: string[] = [];
  readonly events: Envelope<TransitionData>[] = [];
  outbox: NotificationOutbox;

  constructor(limits: { takenMax?: number; endedMax?: number } = {}) {
    this.outbox = this.open(limits);
  }

  open(limits: { takenMax?: number; endedMax?: number } = {}): NotificationOutbox {
    const onProblem = (problem: string) => this.problems.push(problem);
    return openOutbox({ file: this.file, sinceMs: this.clock.now(), onProblem, ...limits });
  }

  /** As a crash leaves it: nothing is ended in order. */
  reopen(): void {
    this.outbox.close();
    this.outbox = this.open();
  }

  due(id: string, kind: NotificationKind = 'failover', more: Partial<Notification> = {}, rest: Partial<Due> = {}): Due {
    const time = new Date(this.clock.now()).toISOString();
    const source = '/sekisho/gateway/mx1';
    const notification = {
      id,
      kind,
      time,
      since: time,
      source,
      subject: `about ${kind}`,
      count: 1,
      values: {},
      ...more,
    };
    return { notification, ...rest };
  }

  readonly policy = policyOf;

  takeIn(due: readonly Due[], policy: NotificationPolicy = policyOf()): void {
    takeIn(this.outbox, policy, due, this.clock.now());
  }

  /** What waits, in order: id, channel, target. */
  waiting(): string[] {
    return this.outbox.open().map(({ notification, channel, target }) => `${notification.id} ${channel} ${target}`);
  }

  start(channels: readonly ScriptedChannel[], changes: Partial<SenderParts> = {}) {
    const inspect = createTransitionRecorder({
      source: '/sekisho/projections/test',
      idPrefix: 't',
      now: () => this.clock.now(),
      record: (_lane, event) => void this.events.push(event),
      onProblem: (error) => this.problems.push(`recorder: ${error}`),
    });
    return startSender({
      ...{ clock: this.clock, outbox: this.outbox, inspect },
      policy: policyOf(Object.fromEntries(channels.map(({ name, targets }) => [name, targets]))),
      channels: new Map(channels.map((channel) => [channel.name, channel])),
      words: ({ kind }) => ({ subject: kind, body: '' }),
      onProblem: (problem, error) => this.problems.push(`${problem}: ${error}`),
      times: { retryMs: 10_000, retryMsMax: 900_000, giveUpMs: 24 * hourMs, sendMs: 60_000 },
      ...changes,
    });
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms, async () => {
      for (let turn = 0; turn < 5; turn++) await setImmediate();
    });
  }

  /** `sent mail admin@example.org` of each event, in order. */
  told(): string[] {
    return this.events.map(({ type, data }) => `${type.split('.')[2]} ${data.channel} ${data.target}`);
  }

  close(): void {
    this.outbox.close();
    rmSync(this.folder, { recursive: true });
  }
}
