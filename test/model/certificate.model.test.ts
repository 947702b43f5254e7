import { describe, expect, test } from 'vitest';
import { certificateMachine } from '../../src/machines/certificate.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';

const input = { certificate: 'sps.example.org:443', host: 'sps.example.org', daysMin: 21 };
const seen = (days: number) => ({ type: 'SEEN', days, end: `day ${days}` });
const model = createModel(certificateMachine, {
  input,
  cases: { SEEN: [90, 22, 21, 0, -1, -30].map(seen) },
  situation: () => null,
});

const expected = (days: number) => (days < 0 ? 'Over' : days <= 21 ? 'NearItsEnd' : 'Good');
const severities = { Over: 'ERROR', NearItsEnd: 'WARN', Good: 'INFO' } as const;

/** The days alone decide, and each change is told once with them. */
function demands(): Watch {
  const states: string[] = [];
  return {
    after(subject, event) {
      const { days, end } = event as unknown as ReturnType<typeof seen>;
      const state = expected(days);
      const isNews = states.at(-1) !== state;
      if (isNews) states.push(state);
      expect(subject.snapshot().value).toBe(state);
      expect(subject.log().map(({ data }) => data.state)).toEqual(states);
      const told = subject.log().at(-1);
      expect(told?.severitytext).toBe(state === 'Good' && states.length === 1 ? 'DEBUG' : severities[state]);
      expect(told).toMatchObject({ subject: 'certificate/sps.example.org:443', data: { host: 'sps.example.org' } });
      if (isNews) expect(told?.data).toMatchObject({ days, end });
    },
  };
}

describe('certificate', () => {
  test('every situation and every sight of it; all transitions are taken', async () => {
    const { transitions } = await walkPaths(model, edgePaths(model), demands);
    expect([...transitions].sort()).toEqual(allTransitions(certificateMachine));
  });

  test('all simple paths', async () => {
    await walkPaths(model, simplePaths(model), demands, false);
  });
});
