import { importFiles } from '../../../src/sps/data/import-files.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import { openStore } from '../../../src/sps/data/store.ts';

/** Imports a file into a store, saying each step: `read` once reading goes on, `write` while it writes, `done`. */
const [folder = '', file = '', source = '', replace] = process.argv.slice(2);
const store = openStore(folder, starterSet);
const say = (word: string) => process.stdout.write(`${word}\n`);
await importFiles(store, [file], {
  source,
  replace: replace !== undefined,
  onRead: () => say('read'),
  onWrite: () => say('write'),
});
say('done');
store.close();
