import { describe, expect, test } from 'vitest';
import { eventNames } from '../../../scripts/event-catalogue.ts';
import { laneOf } from '../../../src/events/lane.ts';
import { ruleOf, texts } from '../../../src/projections/system-events/texts.ts';
import { eventsOf } from '../../support/fold.ts';

const event = eventsOf();
const message = (name: string, data: Record<string, unknown> = {}, severity?: Parameters<typeof event>[3]) => {
  const given = event(name, 'aggregate', data, severity);
  return ruleOf(given).say?.(given);
};

describe('texts of the log of system events', () => {
  test('every event type of its lanes has a rule: told, or named as silent', () => {
    const ofLane = (name: string) => laneOf({ type: `sekisho.${name}.v1` });
    const names = eventNames().filter((name) =>
      ['servers', 'system', 'notifications', 'commands'].includes(ofLane(name)),
    );
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => texts[name] === undefined)).toEqual([]);
  });

  test('every text bears data that is not there, in both languages', () => {
    for (const name of Object.keys(texts)) {
      const said = message(name);
      if (said === undefined) continue;
      expect(`${said.ja}${said.en}`, name).not.toMatch(/undefined|null|NaN|\[object/);
      expect([said.ja, said.en], name).not.toContain('');
      expect(said.en, name).not.toMatch(/[ぁ-ん]/);
      expect(said.ja, name).toMatch(/[ぁ-んァ-ン]/);
    }
  });

  test('what is told once is ended by something', () => {
    const ended = Object.values(texts).flatMap(({ ends = [] }) => ends);
    const once = Object.values(texts).flatMap((rule) => rule.once ?? []);
    const after = Object.values(texts).flatMap(({ onlyAfter = [] }) => onlyAfter);
    expect([...new Set(once)].sort()).toEqual([...new Set(ended)].sort());
    expect(once).toEqual(expect.arrayContaining(after));
  });

  test('a start, a restart, and a restart that failed', () => {
    expect(message('service.running', { from: 'Starting' })?.en).toBe('The scan service has started.');
    expect(message('service.running', { from: 'Draining' })?.en).toBe('The scan service has restarted.');
    const failed = message('service.running', { from: 'Restarting', trigger: { error: { message: 'no CA' } } });
    expect(failed).toMatchObject({ level: 'error', en: 'The scan service could not be restarted: no CA' });
  });

  test('a server that fails over stands for the failover in logs that have no search method (0.1.0)', () => {
    expect(message('server.failed-over', { server: 'a:443' }, 'ERROR')?.ja).toBe('従来型スキャンへのフェイルオーバー');
    expect(message('server.failed-over', { server: 'a:443' }, 'WARN')?.ja).toMatch(/^Smart Protection Server \(a\)/);
  });

  test('reasons and remedies are named', () => {
    const failure = { message: 'topic sekisho.system is missing', remedy: 'sekisho kafka init' };
    expect(message('relay.stuck', { failure })?.en).toBe(
      'Kafka cannot take the events: topic sekisho.system is missing; sekisho kafka init',
    );
    expect(message('command.failed', { command: 'c1', reason: 'no answer' })?.ja).toBe(
      'コマンド c1 が失敗しました: no answer',
    );
  });

  test('a type that came later is shown by its name when it is a warning or worse', () => {
    expect(message('later.thing', {}, 'ERROR')?.ja).toBe('later.thing (aggregate)');
    expect(message('later.thing', {}, 'INFO')).toBeUndefined();
  });
});
