import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import { allStates } from '../../src/statecharts/chart.ts';
import { layOut } from '../../src/statecharts/layout.ts';
import { writeMermaid } from '../../src/statecharts/mermaid.ts';
import { writeSvg } from '../../src/statecharts/svg.ts';
import { walk } from '../../src/statecharts/walk.ts';

const child = setup({}).createMachine({ id: 'child' });
const machine = setup({
  actors: { child },
  guards: { odd: () => true },
  actions: { count: () => {} },
}).createMachine({
  id: 'm',
  initial: 'A',
  on: { ANYWHERE: { actions: 'count' } },
  states: {
    A: {
      entry: 'count',
      on: { GO: [{ guard: 'odd', target: 'B.C' }, { target: 'B' }], AGAIN: { target: 'A', reenter: true } },
    },
    B: { initial: 'C', after: { 100: { target: 'End' } }, states: { C: { invoke: { id: 'c', src: 'child' } } } },
    End: { type: 'final' },
  },
});

describe('walk', () => {
  const chart = walk('sample', machine);
  const states = new Map(allStates(chart.root).map((state) => [state.id, state]));

  test('reads nesting, initial and final states', () => {
    expect([...states.keys()]).toEqual(['m', 'm.A', 'm.B', 'm.B.C', 'm.End']);
    expect(states.get('m.B')?.initial).toBe('m.B.C');
    expect(states.get('m.End')?.final).toBe(true);
  });

  test('arrows are the transitions between states; the others are written inside', () => {
    expect(chart.transitions.map(({ id, target, guard }) => [id, target, guard])).toEqual([
      ['m.A:GO:0', 'm.B.C', 'odd'],
      ['m.A:GO:1', 'm.B', 'else'],
      ['m.B:xstate.after.100.m.B', 'm.End', undefined],
    ]);
    expect(states.get('m')?.inner.map(({ id }) => id)).toEqual(['m:ANYWHERE']);
    expect(states.get('m.A')?.inner.map(({ id }) => id)).toEqual(['m.A:AGAIN']);
  });

  test('notes name entry actions and invoked actors, without what xstate adds for timers', () => {
    expect(states.get('m.A')?.notes).toEqual(['entry / count']);
    expect(states.get('m.B')?.notes).toEqual([]);
    expect(states.get('m.B.C')?.notes).toEqual(['invoke child (a statechart)']);
  });

  test('Mermaid declares states before it uses them', () => {
    expect(writeMermaid(chart).split('\n').slice(0, 7)).toEqual([
      'stateDiagram-v2',
      '  state "A" as m_A',
      '  note right of m_A : entry / count<br/>AGAIN',
      '  state "B" as m_B {',
      '    state "C" as m_B_C',
      '    note right of m_B_C : invoke child (a statechart)',
      '    [*] --> m_B_C',
    ]);
  });

  test('texts cannot break out of the SVG', async () => {
    const odd = walk('<b>&"', setup({}).createMachine({ id: 'x', initial: 'A', states: { A: {} } }));
    const svg = writeSvg(odd, await layOut(odd));
    expect(svg).toContain('Statechart &lt;b&gt;&amp;&quot;');
    expect(svg).not.toContain('<b>');
  });
});
