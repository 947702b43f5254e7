import { describe, expect, test } from 'vitest';
import { kafkaMissing } from '../../support/kafka.ts';
import { round } from './round.ts';

const missing = kafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: rounds of faults. ${missing}`);

/** A bounded round; `npm run chaos` plays many. */
describe.skipIf(missing !== undefined)('kill -9 of everything under load', () => {
  test('loses no mail and no event, and no projection counts one twice', { timeout: 300_000 }, async () => {
    const told: string[] = [];
    const tell = (line: string) => void told.push(line);
    const { violations, history } = await round({ seed: 4, faults: 6, sessions: 4, hangMsMax: 4000, tell });
    expect(violations, told.join('\n')).toEqual([]);
    expect(history.accepted.length).toBeGreaterThan(100);
    expect(history.journal.length).toBeGreaterThan(1000);
  });
});
