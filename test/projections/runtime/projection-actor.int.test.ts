import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTransitionRecorder } from '../../../src/adapters/inspection/transition-recorder.ts';
import { openViewStore } from '../../../src/adapters/projection-store/open-view-store.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import type { TransitionData } from '../../../src/machines/replay.ts';
import type { DeadLetter, DeadLetters } from '../../../src/projections/ports/dead-letters.ts';
import type { ViewStore } from '../../../src/projections/ports/view-store.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { type RunningProjection, startProjection } from '../../../src/projections/runtime/projection-actor.ts';
import { rebuildView } from '../../../src/projections/runtime/read-into-view.ts';
import { eventually } from '../../support/eventually.ts';
import {
  eventText,
  histories,
  historiesIn,
  MemorySource,
  processPrefix,
  viewsFolder,
} from '../../support/projections.ts';

let folder: string;
let remove: () => Promise<void>;
let source: MemorySource;
let log: Envelope<TransitionData>[];
const open: (() => Promise<void> | void)[] = [];
beforeEach(async () => {
  ({ folder, remove } = await viewsFolder());
  source = new MemorySource();
  log = [];
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  await remove();
});

const text = (number: number, fields = {}) => eventText(processPrefix(1), number, { subject: 'service', ...fields });
const texts = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => text(from + index));
const steps = (to: number) => Array.from({ length: to }, (_, index) => index + 1);

interface Running extends RunningProjection {
  store: ViewStore;
}

function start(projection: Projection = histories, deadLetters?: DeadLetters): Running {
  const store = openViewStore({ folder, projection, source: source.name });
  const inspect = createTransitionRecorder({
    source: '/sekisho/test',
    idPrefix: processPrefix(9),
    now: Date.now,
    record: (_lane, event) => log.push(event),
    onProblem: (error) => {
      throw error;
    },
  });
  const parts = { projection, source, now: () => 5, ...(deadLetters && { deadLetters }) };
  const openStore = () => openViewStore({ folder, projection, source: source.name });
  const running = startProjection({ parts, openStore, inspect, retryMs: 1, retryMsMax: 2 });
  open.push(
    () => store.close(),
    () => running.stop(),
  );
  return { ...running, store };
}

const told = (name: string) => log.filter(({ type }) => type === `sekisho.projection.${name}.v1`);
const reached = (store: ViewStore, to: number) =>
  eventually(`position ${to}`, () => store.positions().get('journal') === to);

describe('a running projection', () => {
  test('catches up, says so once, and follows', async () => {
    source.append(...texts(1, 7));
    const { store, stop } = start();
    await eventually('Live', () => told('live').length === 1);
    expect(historiesIn(store)).toEqual({ service: steps(7) });
    source.append(...texts(8, 20));
    await reached(store, 20);
    await stop();
    expect(historiesIn(store)).toEqual({ service: steps(20) });
    expect(source.confirmed.get('histories')).toBe(20);
    expect(log.map(({ type }) => type)).toEqual(['sekisho.projection.live.v1', 'sekisho.projection.stopped.v1']);
    expect(log[0]?.subject).toBe('projection/histories');
  });

  test('is live at once when the log is empty', async () => {
    start();
    await eventually('Live', () => told('live').length === 1);
  });

  test('goes on where it ended, and confirms that to a log that has forgotten it', async () => {
    source.append(...texts(1, 5));
    const first = start();
    await reached(first.store, 5);
    await first.stop();
    source.confirmed.clear();
    const second = start();
    await eventually('its position confirmed', () => source.confirmed.get('histories') === 5);
    source.append(text(6));
    await reached(second.store, 6);
    expect(historiesIn(second.store)).toEqual({ service: steps(6) });
  });

  test('a log that was deleted and begun anew is read from its beginning', async () => {
    source.append(...texts(1, 9));
    const first = start();
    await reached(first.store, 9);
    await first.stop();
    source.texts.length = 0;
    source.append(text(21), text(22));
    const second = start();
    await eventually('the new log in the view', () => second.store.positions().get('journal') === 2);
    source.append(text(23));
    await reached(second.store, 3);
    expect(historiesIn(second.store)).toEqual({ service: [21, 22, 23] });
    expect(told('failing')).toEqual([]);
  });

  test('reads again after trouble of the log, and loses nothing', async () => {
    source.append(...texts(1, 4));
    const { store } = start();
    await reached(store, 4);
    source.trouble = new Error('the broker is away');
    source.append(...texts(5, 9));
    await reached(store, 9);
    await eventually('live again', () => told('live').length === 2);
    expect(historiesIn(store)).toEqual({ service: steps(9) });
    expect(told('failing')).toMatchObject([
      { severitytext: 'WARN', data: { trigger: { reason: 'Error: the broker is away' } } },
    ]);
  });

  test('tells what it parked and goes on; dead letters hold it', async () => {
    const letters: DeadLetter[] = [];
    let refusals = 1;
    const { store } = start(histories, {
      async publish(more) {
        if (refusals-- > 0) throw new Error('the topic is away');
        letters.push(...more);
      },
    });
    source.append(text(1), '{', text(3, { type: 'sekisho.service.poison.v1' }), text(4));
    await reached(store, 4);
    await eventually('an alert', () => told('parked').length === 1);
    expect(told('failing').length).toBe(1);
    expect(told('parked')).toMatchObject([
      { severitytext: 'ERROR', data: { parked: 2, trigger: { stream: 'journal', offset: 2, count: 2 } } },
    ]);
    expect(letters).toMatchObject([
      { projection: 'histories', stream: 'journal', offset: 2, text: '{' },
      { offset: 3, reason: expect.stringMatching(/cannot fold/) },
    ]);
    expect(historiesIn(store)).toEqual({ service: [1, 4] });
  });

  test('does not complain of its own complaints for ever', async () => {
    const { store } = start({
      ...histories,
      fold: () => {
        throw new Error('no fold at all');
      },
    });
    source.append(text(1));
    await eventually('an alert', () => told('parked').length === 1);
    source.append(JSON.stringify(told('parked')[0]));
    await reached(store, 2);
    expect(store.parked().length).toBe(2);
    expect(told('parked').length).toBe(1);
  });

  test('builds the view of a new version beside the old one, then goes on with it', async () => {
    source.append(...texts(1, 5));
    const first = start();
    await reached(first.store, 5);
    await first.stop();
    const doubled: Projection = {
      ...histories,
      version: 2,
      fold: (event, rows) => histories.fold(event, rows).map((change) => ({ ...change, key: `v2 ${change.key}` })),
    };
    const second = start(doubled);
    await eventually('the new view', () => second.store.version() === 2);
    expect(second.store.get('histories', 'v2 service')).toBeDefined();
    source.append(text(6));
    await reached(second.store, 6);
    expect(second.store.get('histories', 'service')).toBeUndefined();
  });

  test('a rebuild does not wait for what a deleted log once held', async () => {
    source.append(...texts(1, 9));
    const { store, stop } = start();
    await reached(store, 9);
    await stop();
    source.texts.length = 0;
    source.append(text(21), text(22));
    const parts = { projection: histories, store, source, now: () => 0 };
    await rebuildView(parts, { signal: AbortSignal.timeout(5000) }, {});
    expect(historiesIn(store)).toEqual({ service: [21, 22] });
  });

  test('goes on while another process rebuilds its view', async () => {
    source.append(...texts(1, 50));
    const running = start();
    await reached(running.store, 50);
    const store = openViewStore({ folder, projection: histories, source: source.name });
    open.push(() => store.close());
    const caughtUp: string[] = [];
    const rebuilding = rebuildView(
      { projection: histories, store, source, now: () => 0 },
      { signal: new AbortController().signal },
      {
        onProgress: ({ upTo }) => upTo < 56 && source.append(text(source.texts.length + 1)),
        onCaughtUp: () => caughtUp.push('yes'),
      },
    );
    await rebuilding;
    source.append(text(source.texts.length + 1));
    await reached(running.store, source.texts.length);
    expect(historiesIn(running.store)).toEqual({ service: steps(source.texts.length) });
    expect(caughtUp.length).toBeGreaterThan(0);
    expect(source.confirmed.get('histories')).toBe(source.texts.length);
  });
});
