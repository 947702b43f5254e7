import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../../src/console/http/openapi.ts';

test('docs/openapi/console.json is what scripts/generate-openapi.ts would write', () => {
  const kept = readFileSync(new URL('../../../docs/openapi/console.json', import.meta.url), 'utf8');
  expect(JSON.parse(kept)).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
});
