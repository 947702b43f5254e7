import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { openApiDocument as consoleDocument } from '../src/console/http/openapi.ts';
import { openApiDocument as spsDocument } from '../src/sps/http/openapi.ts';

// Writes docs/openapi; the tests openapi.unit.test.ts fail while it is not up to date.
const folder = new URL('../docs/openapi/', import.meta.url).pathname;
mkdirSync(folder, { recursive: true });
for (const [name, document] of Object.entries({ sps: spsDocument(), console: consoleDocument() })) {
  const file = `${folder}${name}.json`;
  writeFileSync(file, JSON.stringify(document, undefined, 2));
  execFileSync('npx', ['biome', 'format', '--write', file], { stdio: 'inherit' });
}
