/** What every journal must do, whatever keeps it. Each implementation runs this suite with a factory of its own. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Journal, ReadRange } from '../../src/actors/ports/journal.ts';
import type { Envelope, Recorded } from '../../src/events/envelope.ts';

/** One journal under test and what only its implementation can do to it. */
export interface JournalFixture {
  journal: Journal;
  /** Closes the journal and opens it again over what it holds. */
  reopen(): Promise<Journal>;
  /** Makes retention delete everything that it may delete, and resolves when that is done; may have to reopen. */
  deleteAllowed(): Promise<Journal>;
  /** Removes everything at the end. */
  dispose(): Promise<void>;
}

/** An event for tests; `fields` replaces what matters. */
export function testEvent(number: number, fields: Partial<Envelope> = {}): Envelope {
  return {
    specversion: '1.0',
    id: `test-${number}`,
    source: '/sekisho/test',
    type: 'sekisho.test.happened.v1',
    time: new Date(Date.now()).toISOString(),
    subject: `scan/${number}`,
    datacontenttype: 'application/json',
    dataschema: 'https://sekisho.example/test.v1.json',
    streamversion: number,
    severitytext: 'INFO',
    data: { number, text: 'line\nbreak \u0000 "quote" \\ 関所 😀 \ud800' },
    ...fields,
  };
}

/** All that an iteration yields. */
export async function collect(events: AsyncIterable<Recorded>): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for await (const recorded of events) all.push(recorded);
  return all;
}

/** Resolves when a condition holds; the test's own timeout ends a wait in vain. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}

const sequences = (recorded: Recorded[]) => recorded.map(({ sequence }) => sequence);

/** Runs the suite on one implementation. */
export function journalConformance(name: string, factory: () => Promise<JournalFixture>): void {
  describe(`${name}: a journal`, () => {
    let fixture: JournalFixture;
    let journal: Journal;
    beforeEach(async () => {
      fixture = await factory();
      journal = fixture.journal;
    });
    afterEach(() => fixture.dispose());

    /** Appends `count` events in a few commits. */
    async function write(count: number, fields?: (number: number) => Partial<Envelope>): Promise<void> {
      for (let number = 1; number <= count; number++) {
        journal.append('scans', testEvent(number, fields?.(number)));
        if (number % 4 === 0) await journal.durable();
      }
      await journal.durable();
    }
    const read = async (range: ReadRange) => sequences(await collect(journal.read(range)));

    describe('writing', () => {
      test('is empty and open at first', async () => {
        expect(journal.head()).toBe(0);
        expect(journal.state()).toBe('open');
        await journal.durable();
        expect(await read({ after: 0 })).toEqual([]);
      });

      test('gives back every event as it was, numbered from 1 in the order of appending', async () => {
        const events = [1, 2, 3, 4, 5].map((number) => testEvent(number));
        for (const event of events) journal.append(event.streamversion % 2 === 0 ? 'scans' : 'system', event);
        await journal.durable();
        expect(journal.head()).toBe(5);
        expect(await collect(journal.read({ after: 0 }))).toEqual(
          events.map((event, index) => ({ sequence: index + 1, event })),
        );
      });

      test('keeps the order of many callers that wait at once', async () => {
        const caller = async (from: number) => {
          for (let number = from; number < from + 20; number++) {
            journal.append('scans', testEvent(number, { subject: `scan/${from}` }));
            await journal.durable();
          }
        };
        await Promise.all([1000, 2000, 3000, 4000, 5000].map(caller));
        const all = await collect(journal.read({ after: 0 }));
        expect(sequences(all)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
        for (const from of [1000, 2000, 3000, 4000, 5000]) {
          const own = all.filter(({ event }) => event.subject === `scan/${from}`);
          expect(own.map(({ event }) => event.streamversion)).toEqual(Array.from({ length: 20 }, (_, i) => from + i));
        }
      });

      test('writes what nobody waits for, too', async () => {
        journal.append('scans', testEvent(1));
        await until(() => journal.head() === 1);
        expect(await read({ after: 0 })).toEqual([1]);
      });

      test('tells each time that the head has risen, when it has', async () => {
        const heads: number[] = [];
        journal.onHead(() => heads.push(journal.head()));
        await write(4);
        await journal.confirm('some reader', 2);
        await write(1);
        expect(heads).toEqual([4, 5]);
      });

      test('does not write an event changed after it was appended', async () => {
        const event = testEvent(1);
        journal.append('scans', event);
        event.data.number = 'changed';
        await journal.durable();
        expect((await collect(journal.read({ after: 0 })))[0]?.event.data.number).toBe(1);
      });

      test('tells whoever waits that an event which is no JSON was not kept, and goes on', async () => {
        journal.append('scans', testEvent(1, { data: { big: 1n } }));
        await expect(journal.durable()).rejects.toMatchObject({ name: 'JournalUnavailable' });
        await until(async () => {
          journal.append('scans', testEvent(2));
          return journal.durable().then(
            () => true,
            () => false,
          );
        });
        expect((await collect(journal.read({ after: 0, limit: 1 })))[0]?.event.streamversion).toBe(2);
      });
    });

    describe('reading', () => {
      test.each<[string, ReadRange, number[]]>([
        ['all', { after: 0 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
        ['after one in the middle of a commit', { after: 6 }, [7, 8, 9, 10]],
        ['after the last of a commit', { after: 4 }, [5, 6, 7, 8, 9, 10]],
        ['after the last but one', { after: 9 }, [10]],
        ['after the last', { after: 10 }, []],
        ['after more than there is', { after: 99 }, []],
        ['none with limit 0', { after: 0, limit: 0 }, []],
        ['one', { after: 0, limit: 1 }, [1]],
        ['a few over the border of commits', { after: 2, limit: 4 }, [3, 4, 5, 6]],
        ['all with a limit beyond the end', { after: 7, limit: 99 }, [8, 9, 10]],
      ])('%s', async (_, range, expected) => {
        await write(10);
        expect(await read(range)).toEqual(expected);
      });

      test.each<[string, ReadRange]>([
        ['a negative position', { after: -1 }],
        ['half a position', { after: 1.5 }],
        ['no position', { after: Number.NaN }],
        ['a negative limit', { after: 0, limit: -1 }],
      ])('refuses %s', async (_, range) => {
        await expect((async () => collect(journal.read(range)))()).rejects.toThrow(RangeError);
      });

      test('only some types, exactly, and counts only those for the limit', async () => {
        const types = ['sekisho.a.v1', 'sekisho.a.v10', 'sekisho.b.v1'];
        await write(9, (number) => ({ type: types[number % 3] ?? '', data: { quoted: '"type":"sekisho.a.v1"' } }));
        expect(await read({ after: 0, types: ['sekisho.a.v1'] })).toEqual([3, 6, 9]);
        expect(await read({ after: 3, types: ['sekisho.a.v1', 'sekisho.b.v1'], limit: 2 })).toEqual([5, 6]);
        expect(await read({ after: 0, types: ['sekisho.none.v1'] })).toEqual([]);
        expect(await read({ after: 0, types: [] })).toEqual([]);
      });

      test('only events of a time or later, also when clocks went back', async () => {
        const minute = Date.parse('2026-05-12T10:00:00.000Z');
        const minutes = [0, 1, 2, 3, 4, 1, 2, 5, 6, 7];
        await write(10, (number) => ({ time: new Date(minute + (minutes[number - 1] ?? 0) * 60_000).toISOString() }));
        expect(await read({ after: 0, sinceMs: minute + 3 * 60_000 })).toEqual([4, 5, 8, 9, 10]);
        expect(await read({ after: 5, sinceMs: minute + 60_000 })).toEqual([6, 7, 8, 9, 10]);
        expect(await read({ after: 0, sinceMs: minute + 60 * 60_000 })).toEqual([]);
      });

      test('ends at what is durable when it begins to read', async () => {
        await write(2);
        const seen: number[] = [];
        for await (const { sequence } of journal.read({ after: 0 })) {
          seen.push(sequence);
          journal.append('scans', testEvent(9));
          await journal.durable();
        }
        expect(seen).toEqual([1, 2]);
      });
    });

    describe('following', () => {
      test('reads what is there and then what comes, until the signal aborts', async () => {
        await write(3);
        const stop = new AbortController();
        const seen: number[] = [];
        const following = (async () => {
          for await (const { sequence } of journal.follow({ after: 1, signal: stop.signal })) {
            seen.push(sequence);
            // What can be read can be confirmed.
            await journal.confirm('follower', sequence);
          }
        })();
        await until(() => seen.length === 2);
        await write(200);
        await until(() => seen.length === 202);
        stop.abort();
        await following;
        expect(seen).toEqual(Array.from({ length: 202 }, (_, index) => index + 2));
      });

      test('waits for a position that is not reached yet, and keeps types and limit', async () => {
        const following = collect(
          journal.follow({ after: 2, types: ['sekisho.odd.v1'], limit: 2, signal: new AbortController().signal }),
        );
        await write(9, (number) => ({ type: number % 2 === 1 ? 'sekisho.odd.v1' : 'sekisho.even.v1' }));
        expect(sequences(await following)).toEqual([3, 5]);
      });

      test('yields nothing when the signal is aborted already', async () => {
        await write(1);
        expect(await collect(journal.follow({ after: 0, signal: AbortSignal.abort() }))).toEqual([]);
      });

      test('ends when the journal is closed', async () => {
        await write(1);
        const following = collect(journal.follow({ after: 0, signal: new AbortController().signal }));
        await journal.close();
        expect((await following).length).toBeLessThanOrEqual(1);
      });
    });

    describe('named readers and retention', () => {
      test('remembers how far each reader is, also over a restart', async () => {
        await write(8);
        await Promise.all([journal.confirm('relay', 3), journal.confirm('outbox', 0), journal.confirm('relay', 5)]);
        expect(await journal.readers()).toEqual(
          new Map([
            ['outbox', 0],
            ['relay', 5],
          ]),
        );
        journal = await fixture.reopen();
        expect(await journal.readers()).toEqual(
          new Map([
            ['outbox', 0],
            ['relay', 5],
          ]),
        );
        await journal.forget('outbox');
        await journal.forget('nobody');
        expect(await journal.readers()).toEqual(new Map([['relay', 5]]));
      });

      test('never moves a reader back, unless it was forgotten', async () => {
        await write(8);
        await journal.confirm('relay', 5);
        await journal.confirm('relay', 2);
        expect(await journal.readers()).toEqual(new Map([['relay', 5]]));
        await Promise.all([journal.forget('relay'), journal.confirm('relay', 3), journal.confirm('relay', 1)]);
        expect(await journal.readers()).toEqual(new Map([['relay', 3]]));
      });

      test.each([-1, 1.5, Number.NaN, 9])('refuses to confirm %s of 8 events', async (sequence) => {
        await write(8);
        await expect(journal.confirm('relay', sequence)).rejects.toThrow(RangeError);
        expect(await journal.readers()).toEqual(new Map());
      });

      test('never deletes what a reader has not confirmed', async () => {
        await write(12);
        await journal.confirm('slow', 6);
        await journal.confirm('fast', 12);
        journal = await fixture.deleteAllowed();
        const kept = await read({ after: 0 });
        expect(kept[0]).toBeGreaterThan(1);
        expect(kept[0]).toBeLessThanOrEqual(7);
        expect(await read({ after: 6 })).toEqual([7, 8, 9, 10, 11, 12]);
        await journal.forget('slow');
        journal = await fixture.deleteAllowed();
        expect(await read({ after: 0 })).toEqual([]);
      });

      test('never gives a sequence twice: not after everything was deleted, not after a restart', async () => {
        await write(5);
        journal = await fixture.deleteAllowed();
        expect(await read({ after: 0 })).toEqual([]);
        expect(journal.head()).toBe(5);
        journal = await fixture.reopen();
        expect(journal.head()).toBe(5);
        await write(2);
        expect(await read({ after: 0 })).toEqual([6, 7]);
        expect(await read({ after: 5 })).toEqual([6, 7]);
      });

      test('throws JournalGap to a reader whose next event was deleted', async () => {
        await write(5);
        journal = await fixture.deleteAllowed();
        await write(2);
        await expect(read({ after: 2 })).rejects.toMatchObject({ name: 'JournalGap', expected: 3, found: 6 });
      });
    });

    describe('latest', () => {
      test('gives the newest event of each subject of a lane, in order', async () => {
        journal.append('servers', testEvent(1, { subject: 'server/a' }));
        journal.append('servers', testEvent(2, { subject: 'server/b' }));
        journal.append('system', testEvent(3, { subject: 'server/a' }));
        await journal.durable();
        journal.append('scans', testEvent(4, { subject: 'server/b' }));
        journal.append('servers', testEvent(5, { subject: 'server/a' }));
        await journal.durable();
        const latest = await journal.latest('servers');
        expect(latest.map(({ sequence, event }) => [sequence, event.subject])).toEqual([
          [2, 'server/b'],
          [5, 'server/a'],
        ]);
        expect(sequences(await journal.latest('system'))).toEqual([3]);
        expect(await journal.latest('notifications')).toEqual([]);
        journal = await fixture.reopen();
        expect(await journal.latest('servers')).toEqual(latest);
      });

      test('knows nothing of what was deleted', async () => {
        journal.append('servers', testEvent(1, { subject: 'server/a' }));
        await journal.durable();
        journal = await fixture.deleteAllowed();
        expect(await journal.latest('servers')).toEqual([]);
      });
    });

    describe('closing', () => {
      test('writes what is queued, may be called again, and takes nothing more', async () => {
        for (let number = 1; number <= 7; number++) journal.append('scans', testEvent(number));
        const closing = journal.close();
        journal.append('scans', testEvent(8));
        await Promise.all([closing, journal.close()]);
        await expect(journal.durable()).rejects.toMatchObject({ name: 'JournalUnavailable' });
        journal = await fixture.reopen();
        expect(await read({ after: 0 })).toEqual([1, 2, 3, 4, 5, 6, 7]);
      });
    });
  });
}
