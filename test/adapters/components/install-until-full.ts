import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComponentRefused } from '../../../src/actors/ports/components.ts';
import { createComponentStore } from '../../../src/adapters/components/component-store.ts';
import { eicarTestFile } from '../../../src/adapters/components/eicar.ts';
import { eicarSha256, pattern, signatureFile } from './downloads.ts';

// A program for the test that gives it a folder on a disk of 256 KiB: the second version does not fit.
const [folder = ''] = process.argv.slice(2);
const problems: string[] = [];
const open = () => createComponentStore({ folder, onProblem: (_, problem) => problems.push(problem) });
const eicarOf = (store: ReturnType<typeof open>) =>
  store.current().agent?.match({ size: eicarTestFile().length, sha256: eicarSha256 });

const store = open();
await store.install(pattern('1'));
const tooLarge = pattern('2', signatureFile('large.fp', ...Array.from({ length: 500 }, () => '#'.repeat(1000))));
const error = await store.install(tooLarge).catch((reason: ComponentRefused) => reason);
const again = open();
const report = {
  refused: error?.kind,
  message: error?.message,
  inUse: eicarOf(store),
  problems: [...(await again.load()), ...problems],
  afterRestart: eicarOf(again),
  leftovers: (await readdir(join(folder, 'agent'))).filter((name) => name.startsWith('.')),
};
await store.install(pattern('3'));
console.log(JSON.stringify({ ...report, installedAfter: eicarOf(store) }));
