import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { openApiDocument } from '../src/sps/http/openapi.ts';

// Writes docs/openapi/sps.json; test/sps/openapi.unit.test.ts fails while it is not up to date.
const file = new URL('../docs/openapi/sps.json', import.meta.url).pathname;
mkdirSync(new URL('../docs/openapi', import.meta.url), { recursive: true });
writeFileSync(file, JSON.stringify(openApiDocument(), undefined, 2));
execFileSync('npx', ['biome', 'format', '--write', file], { stdio: 'inherit' });
