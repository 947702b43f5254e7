import { describe, expect, test } from 'vitest';
import { type History, type JournalEntry, judge, type TopicRecord } from './history.ts';

const entry = (sequence: number): JournalEntry => ({
  sequence,
  id: `e.${sequence}`,
  subject: 'scan/A',
  text: `{"id":"e.${sequence}"}`,
});
const record = (sequence: number, offset: number, changed: Partial<TopicRecord> = {}): TopicRecord => ({
  ...{ topic: 't', partition: 0, offset, key: 'scan/A', id: `e.${sequence}`, text: `{"id":"e.${sequence}"}` },
  ...changed,
});

const whole: History = {
  accepted: ['1', '2'],
  delivered: ['1', '2'],
  unsure: new Set(),
  journal: [entry(1), entry(2), entry(3)],
  topics: [record(1, 0), record(2, 1), record(3, 2)],
  view: new Map([
    ['e.1', 1],
    ['e.2', 1],
    ['e.3', 1],
  ]),
};

describe('the judge of a round of faults', () => {
  test('finds nothing where all is well, also when records were sent again after a crash', () => {
    expect(judge(whole)).toEqual([]);
    expect(judge({ ...whole, topics: [record(1, 0), record(2, 1), record(1, 2), record(2, 3), record(3, 4)] })).toEqual(
      [],
    );
  });

  test('a mail of which the client does not know the outcome may come twice, no other', () => {
    const twice = { ...whole, delivered: ['1', '1', '2'] };
    expect(judge(twice)).toEqual(['mail 1 arrived 2 times without a reason']);
    expect(judge({ ...twice, unsure: new Set(['1']) })).toEqual([]);
  });

  test.each<[string, Partial<History>, string]>([
    ['a lost mail', { delivered: ['2'] }, 'mail 1 was answered 250 and is lost'],
    ['a gap in the journal', { journal: [entry(1), entry(3)], topics: [record(1, 0), record(3, 1)] }, 'gap before 3'],
    ['a lost event', { topics: [record(1, 0), record(3, 1)] }, 'event 2 (e.2) is lost'],
    ['an invented event', { topics: [...whole.topics, record(9, 3)] }, 'e.9, which the journal does not know'],
    ['a changed event', { topics: [record(1, 0), record(2, 1), record(3, 2, { text: '{}' })] }, 'other text'],
    ['a wrong key', { topics: [record(1, 0), record(2, 1), record(3, 2, { key: 'x' })] }, 'has the key x for scan/A'],
    ['a wrong order', { topics: [record(1, 0), record(3, 1), record(2, 2)] }, 'event 2 comes after 3'],
    ['a view that misses', { view: new Map([['e.1', 1]]) }, 'the view misses event 2'],
    ['a view that counts twice', { view: new Map([...whole.view, ['e.2', 2]]) }, 'the view has event e.2 2 times'],
  ])('finds %s', (_name, changed, sentence) => {
    expect(judge({ ...whole, ...changed }).join('\n')).toContain(sentence);
  });
});
