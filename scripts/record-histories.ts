/**
 * Records what a real gateway writes into its journal: `npm run histories 0.2.0`, before that version is released. With names
 * of scenes behind it, only those; what is there already is left as it is, for it stands for what users have in their logs. Until the release, delete and record anew.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scenes } from './histories/scenes.ts';
import { record } from './histories/stage.ts';

const [version, ...wanted] = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(scenes, name));
if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version) || unknown.length > 0) {
  process.stderr.write(`usage: npm run histories VERSION [${Object.keys(scenes).join('|')} ...]\n`);
  process.exit(64);
}
const folder = fileURLToPath(new URL(`../test/fixtures/histories/${version}`, import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [name, scene] of Object.entries(scenes)) {
  const file = `${folder}/${name}.jsonl`;
  if (existsSync(file) || (wanted.length > 0 && !wanted.includes(name))) continue;
  const events = await record(scene);
  writeFileSync(file, events);
  process.stdout.write(`${name}: ${events.split('\n').length - 1} events\n`);
}
