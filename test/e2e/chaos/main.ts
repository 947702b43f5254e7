/** `npm run chaos [-- --minutes 30 --seed 1]`: rounds of faults until the time is over; exit code 1 at the first violation. */
import { parseArgs } from 'node:util';
import { kafkaMissing } from '../../support/kafka.ts';
import { round } from './round.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    faults: { type: 'string', default: '20' },
    'hang-seconds': { type: 'string', default: '30' },
  },
});
const missing = kafkaMissing();
if (missing !== undefined) {
  console.error(missing);
  process.exit(1);
}
const endMs = Date.now() + Number(values.minutes) * 60_000;
let rounds = 0;
for (let seed = Number(values.seed); Date.now() < endMs; seed++) {
  console.log(`round ${++rounds}, seed ${seed}`);
  const { violations } = await round({
    seed,
    faults: Number(values.faults),
    sessions: 8,
    hangMsMax: Number(values['hang-seconds']) * 1000,
    tell: (line) => console.log(`  ${line}`),
  });
  for (const violation of violations) console.error(`  VIOLATION: ${violation}`);
  if (violations.length > 0) process.exit(1);
}
console.log(`${rounds} rounds: nothing lost, nothing twice`);
