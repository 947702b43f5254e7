import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generated, settingsExample } from '../../scripts/generate-settings.ts';
import { readSettings } from '../../src/adapters/settings/read-settings.ts';
import { keys } from '../../src/adapters/settings/tables.ts';

test.each(Object.entries(generated))('%s is as `npm run generate` makes it', (path, content) => {
  expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(content());
});

describe('the example file', () => {
  const read = (text: string) => readSettings({ file: { path: '/srv/imss.ini', text }, environment: {}, cwd: '/srv' });

  test('as it is changes nothing', () => {
    expect(read(settingsExample()).given()).toEqual([]);
  });

  test('holds the defaults: with every line in force all values stay the same', () => {
    const given = settingsExample()
      .replace(/^;(?=[a-z_]+ = ?)/gm, '')
      .replace(/^[a-z_]+ =$/gm, (line) => `;${line}`);
    const uncommented = read(given);
    expect(uncommented.given().length).toBeGreaterThan(50);
    const values = JSON.stringify({ ...uncommented, file: undefined });
    expect(values).toBe(JSON.stringify({ ...read(''), file: undefined }));
  });

  test('names every key', () => {
    for (const { key } of keys.values()) expect(settingsExample()).toMatch(new RegExp(`^;${key} =`, 'm'));
  });
});
