import { expect, test } from 'vitest';
import { componentsTable } from '../../src/cli/components-table.ts';
import type { ComponentRow } from '../../src/projections/servers/rows.ts';

const nowMs = Date.parse('2026-11-24T12:00:00Z');
const at = (minutes: number) => new Date(nowMs + minutes * 60_000).toISOString();
const row = (component: string, more: Partial<ComponentRow>): ComponentRow => ({
  ...{ gateway: '/sekisho/gateway/mx1', state: 'Current', stateValue: 'Current', transition: 't', since: at(0) },
  ...{ time: at(0), component, version: '42-0123456789ab', ...more },
});

test('each component is a line: what is in use, how old, what came of checks, what is to come', () => {
  const lines = componentsTable(
    [
      row('agent', { patternId: 'main', signatures: 12, confirmed: at(-65), lastCheck: at(-5), nextCheck: at(870) }),
      row('conventional', {
        ...{ state: 'RolledBack', heldBack: '43-0123456789ab', confirmed: at(-3 * 24 * 60) },
        lastFailure: { time: at(-50 * 60), kind: 'wrongly-signed', reason: 'by\u001b[31m nobody' },
      }),
      row('filter', { state: 'Checking', version: null, nextCheck: at(1) }),
      row('agent', { gateway: '/sekisho/gateway/gone', nextCheck: at(-1) }),
    ],
    nowMs,
  ).split('\n');
  expect(lines.slice(1, -1).map((line) => line.split(/ {2,}/))).toEqual([
    [
      'mx1',
      'agent',
      'Current',
      '42-0123456789ab',
      'main',
      '12',
      '1 h 5 min ago',
      '5 min ago',
      'in 14 h 30 min',
      '-',
      '-',
    ],
    [
      ...['mx1', 'conventional', 'RolledBack', '42-0123456789ab', '-', '-', '3 d ago', '-', 'by hand'],
      ...['43-0123456789ab', '2 d 2 h ago, wrongly-signed: by\\u{1b}[31m nobody'],
    ],
    ['mx1', 'filter', 'Checking', 'none', '-', '-', '-', '-', 'now', '-', '-'],
    ['gone', 'agent', 'Current', '42-0123456789ab', '-', '-', '-', '-', '-', '-', '-'],
  ]);
});
