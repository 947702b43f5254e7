import { describe, expect, test } from 'vitest';
import { readSettings } from '../../src/adapters/settings/read-settings.ts';
import { kafkaAccess, topicPlans } from '../../src/wiring/kafka.ts';

const read = (text: string) =>
  readSettings({ file: { path: '/etc/sekisho/imss.ini', text: `[kafka]\n${text}` }, environment: {}, cwd: '/srv' });

describe('how to reach the brokers', () => {
  test('there is no Kafka without brokers', () => {
    expect(kafkaAccess(read(''))).toBeUndefined();
  });

  test('plain, with the default port', () => {
    expect(kafkaAccess(read('brokers = a, [::1]:9093'))).toEqual({
      brokers: ['a:9092', '[::1]:9093'],
      clientId: 'sekisho',
      tls: false,
      requestTimeoutMs: 3000,
      connectTimeoutMs: 1000,
    });
  });

  test('TLS, a client certificate and SASL', () => {
    const text =
      'brokers = a\ntls = yes\nca_file = ca.pem\ncert_file = cert.pem\nkey_file = key.pem\n' +
      'sasl_mechanism = scram-sha-512\nusername = me\npassword_file = secret';
    expect(kafkaAccess(read(text))).toMatchObject({
      tls: true,
      caFile: '/etc/sekisho/ca.pem',
      certFile: '/etc/sekisho/cert.pem',
      keyFile: '/etc/sekisho/key.pem',
      sasl: { mechanism: 'scram-sha-512', username: 'me', passwordFile: '/etc/sekisho/secret' },
    });
  });
});

describe('topics', () => {
  const table = (text: string) =>
    topicPlans(read(text).kafka).map(({ name, partitions, replicationFactor, config }) => [
      name,
      partitions,
      replicationFactor,
      Number(config['retention.ms']) / 86_400_000,
      config['cleanup.policy'],
    ]);

  test('as declared', () => {
    expect(table('')).toEqual([
      ['sekisho.servers.v1', 3, 1, 90, 'delete'],
      ['sekisho.scans.v1', 6, 1, 30, 'delete'],
      ['sekisho.system.v1', 3, 1, 90, 'delete'],
      ['sekisho.notifications.v1', 1, 1, 90, 'delete'],
      ['sekisho.commands.v1', 1, 1, 7, 'delete'],
      ['sekisho.dead-letters.v1', 1, 1, 30, 'delete'],
      ['sekisho.reputation.v1', 3, 1, Number.NaN, 'compact'],
    ]);
  });

  test('as the settings want them', () => {
    const text =
      'topic_prefix = mail.tokyo\nreplication_factor = 3\npartitions_scans = 12\nretention_days_commands = 1';
    expect(table(text)).toContainEqual(['mail.tokyo.scans.v1', 12, 3, 30, 'delete']);
    expect(table(text)).toContainEqual(['mail.tokyo.commands.v1', 1, 3, 1, 'delete']);
    expect(table('cleanup_policy = delete\npartitions_reputation = 9')).toContainEqual([
      'sekisho.reputation.v1',
      9,
      1,
      Number.NaN,
      'compact',
    ]);
  });
});
