import { startInstalling } from './installing.ts';

// A program for the test that kills it: takes whatever the server has, again and again, and says each version that is in use.
const [folder = '', url = '', caFile = '', keysFile = ''] = process.argv.slice(2);
const { components, update } = startInstalling({ folder, url, caFile, keysFile });
await components.load();
for (;;) {
  for (const component of ['agent', 'filter'] as const) await update(component).catch(() => {});
  process.stdout.write(`${components.current().agent?.version} ${components.current().filter?.version}\n`);
}
