import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSettings } from '../../../src/adapters/settings/load-settings.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'sekisho-settings-'));
});
afterEach(() => rm(cwd, { recursive: true }));

const text = (clients: number) => `[smtp]\nclients_max = ${clients}\nclients_per_address_max = 1\n`;

describe('where the file is found', () => {
  test('--config, then SEKISHO_CONFIG, then imss.ini, then none', async () => {
    const clients = async (argvConfig?: string, environment = {}) =>
      (await loadSettings({ argvConfig, environment, cwd })).smtp.clients_max;
    expect(await clients()).toBe(200);
    await writeFile(join(cwd, 'imss.ini'), text(1));
    await writeFile(join(cwd, 'two.ini'), text(2));
    await writeFile(join(cwd, 'three.ini'), text(3));
    expect(await clients()).toBe(1);
    expect(await clients(undefined, { SEKISHO_CONFIG: 'two.ini' })).toBe(2);
    expect(await clients(join(cwd, 'three.ini'), { SEKISHO_CONFIG: 'two.ini' })).toBe(3);
    expect(await clients(undefined, { SEKISHO_CONFIG: '' })).toBe(1);
  });

  test('the file that was read is named', async () => {
    await writeFile(join(cwd, 'imss.ini'), text(1));
    expect((await loadSettings({ environment: {}, cwd })).file).toBe(join(cwd, 'imss.ini'));
  });
});

describe('a file that cannot be read', () => {
  const load = (argvConfig: string) => loadSettings({ argvConfig, environment: {}, cwd });

  test('missing', async () => {
    await expect(load('none.ini')).rejects.toMatchObject({
      name: 'SettingsError',
      problems: [`${join(cwd, 'none.ini')}: cannot be read: there is no such file`],
    });
  });

  test('a folder', async () => {
    await mkdir(join(cwd, 'folder'));
    await expect(load('folder')).rejects.toThrow('it is a folder');
  });

  test('not UTF-8', async () => {
    await writeFile(join(cwd, 'latin1.ini'), Buffer.from('[virus_rule]\ntag = caf\xe9\n', 'latin1'));
    await expect(load('latin1.ini')).rejects.toThrow('it is not UTF-8 text');
  });

  test('too large', async () => {
    await writeFile(join(cwd, 'big.ini'), `;${'x'.repeat(1_048_576)}`);
    await expect(load('big.ini')).rejects.toThrow('it has more than 1048576 bytes');
  });
});
