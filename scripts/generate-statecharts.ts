/** Writes docs/statecharts anew from the machines: `npm run statecharts`. What is no picture of a machine is removed. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderStatecharts } from '../src/statecharts/render.ts';

const folder = join(import.meta.dirname, '../docs/statecharts');
const files = await renderStatecharts();
await mkdir(folder, { recursive: true });
for (const name of await readdir(folder)) {
  if (/\.(svg|mmd)$/.test(name) && !files.has(name)) await rm(join(folder, name));
}
for (const [name, content] of files) await writeFile(join(folder, name), content);
