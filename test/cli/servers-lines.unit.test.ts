import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { gatewayLines } from '../../src/cli/servers-lines.ts';

const time = '2026-11-24T10:00:00.000Z';
const chart = (state: string) => ({ gateway: 'g', state, stateValue: state, transition: 't', since: time, time });

test('a line says all of a statechart that people want to know', () => {
  const lines = gatewayLines({
    ...{ ...chart('Running'), epoch: 3, method: 'conventional' },
    searchMethod: { ...chart('Conventional'), epoch: 3, method: 'conventional' },
    servers: [
      {
        ...{ ...chart('CachedInvalid'), server: 'a:443', epoch: 3, failCount: 11, threshold: 10 },
        ...{ invalidUntil: '2026-11-24T10:05:00.000Z', lastFailure: 'time\u202eout' },
      },
    ],
    components: [{ ...chart('Stale'), component: 'agent', version: null }],
    engines: [
      {
        ...chart('CachedInvalid'),
        engine: 'clamd',
        server: 'c:3310',
        failCount: 4,
        threshold: 3,
        lastFailure: 'refused',
      },
    ],
    relays: [{ ...chart('Away'), to: 'kafka', failure: 'no broker\u001b[31m' }],
  });
  expect(lines.map((line) => stripVTControlCharacters(line).replace(/ {2,}/, ' | '))).toEqual([
    `scan service | Running, epoch 3, since ${time}`,
    `search method | Conventional, since ${time}`,
    `server a:443 | CachedInvalid, 11 failures in a row (more than 10 trip), since ${time}, not asked until 2026-11-24T10:05:00.000Z, last failure: time\\u{202e}out`,
    `clamd c:3310 | CachedInvalid, 4 failures in a row (more than 3 trip), since ${time}, last failure: refused`,
    `component agent | Stale, no version yet`,
    `Kafka | Away, since ${time}, no broker\\u{1b}[31m`,
  ]);
});
