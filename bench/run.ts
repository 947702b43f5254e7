import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { delta } from './delta.ts';
import { engines } from './engines.ts';
import { filter } from './filter.ts';
import { heap } from './heap.ts';
import { isolation } from './isolation.ts';
import { journalCost } from './journal-cost.ts';
import { kafkaCost } from './kafka-cost.ts';
import { logQuery } from './log-query.ts';
import { peers } from './peers.ts';
import { projections } from './projections.ts';
import { relay } from './relay.ts';
import { spsImport } from './sps-import.ts';
import { spsQuery } from './sps-query.ts';
import { viewsCost } from './views-cost.ts';

/** `npm run bench [peers|journal|heap ...]`: runs the named parts, or all, and keeps each table in bench/results. */
const parts: Readonly<Record<string, { title: string; run: () => Promise<string> }>> = {
  peers: { title: 'Throughput and latency beside bare smtp-server', run: peers },
  journal: { title: 'What the journal costs', run: journalCost },
  kafka: { title: 'What Kafka costs the gateway', run: kafkaCost },
  relay: { title: 'The relay to Kafka', run: relay },
  projections: { title: 'Rebuild of a projection', run: projections },
  views: { title: 'What the views of the log cost the mail', run: viewsCost },
  'log-query': { title: 'The log query over large logs', run: logQuery },
  isolation: { title: 'Ordinary mail beside bombs', run: isolation },
  engines: { title: 'CPU of our engines beside clamd', run: engines },
  'sps-query': { title: 'Queries of a Smart Protection Server beside bare node:https', run: spsQuery },
  'sps-import': { title: 'Import of many hashes into a Smart Protection Server', run: spsImport },
  filter: { title: 'The query filter beside flor', run: filter },
  delta: { title: 'Deltas of components', run: delta },
  heap: { title: 'Heap over many messages', run: heap },
};

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : Object.keys(parts)) {
  const part = parts[name];
  if (!part) throw new Error(`no bench ${name}; there are ${Object.keys(parts).join(', ')}`);
  const machine = `${new Date().toISOString()}, Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model})`;
  const text = `# ${part.title}\n\n${machine}\n\n${await part.run()}\n`;
  await writeFile(new URL(`results/${name}.md`, import.meta.url), text);
  process.stdout.write(text);
}
