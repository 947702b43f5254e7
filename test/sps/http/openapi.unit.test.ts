import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../../src/sps/http/openapi.ts';

test('docs/openapi/sps.json is what scripts/generate-openapi.ts would write', () => {
  const kept = readFileSync(new URL('../../../docs/openapi/sps.json', import.meta.url), 'utf8');
  expect(JSON.parse(kept)).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
});
