import { expect, test } from 'vitest';
import { readSettings } from '../../src/adapters/settings/read-settings.ts';
import { connectionToServers, connectionToUpdateSource } from '../../src/wiring/sps-connection.ts';

const settingsWith = (updateUrl: string) =>
  readSettings({
    cwd: '/',
    environment: {
      SEKISHO_SMART_SCAN_SERVERS: 'https://sps1.example, https://sps2.example:8443',
      SEKISHO_SMART_SCAN_API_KEY_FILE: '/etc/sekisho/api-key',
      SEKISHO_SMART_SCAN_CA_FILE: '/etc/sekisho/ca.pem',
      ...(updateUrl !== '' && { SEKISHO_UPDATE_URL: updateUrl }),
    },
  });

test('what is shown to the servers is shown to the update source when it is one of them', () => {
  const shown = { apiKeyFile: '/etc/sekisho/api-key', caFile: '/etc/sekisho/ca.pem' };
  for (const url of ['', 'https://sps1.example', 'https://sps2.example:8443']) {
    expect([connectionToServers(settingsWith(url)), connectionToUpdateSource(settingsWith(url))]).toEqual([
      shown,
      shown,
    ]);
  }
});

test('and to nobody else', () => {
  for (const url of ['http://sps1.example', 'https://sps2.example', 'https://mirror.example/sekisho'])
    expect(connectionToUpdateSource(settingsWith(url))).toEqual({ caFile: '/etc/sekisho/ca.pem' });
});
