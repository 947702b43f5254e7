import { createComponentStore } from '../../../src/adapters/components/component-store.ts';
import { filter, pattern, signatureFile } from './downloads.ts';

// A program for the test that kills it: installs version after version, and says each one that is done.
const [folder = '', first = '1'] = process.argv.slice(2);
const store = createComponentStore({ folder, onProblem: (component, problem) => console.error(component, problem) });
await store.load();
for (let version = Number(first); ; version++) {
  const filler = Array.from(
    { length: 2000 },
    (_, i) => `${(version * 2000 + i).toString(16).padStart(64, '0')}:9:Filler`,
  );
  await store.install(pattern(String(version), signatureFile('filler.hsb', ...filler)));
  await store.install(filter(String(version)));
  store.confirm('agent', 1000 + version);
  process.stdout.write(`${version}\n`);
}
