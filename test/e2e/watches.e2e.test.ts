import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { Lab } from '../support/processes.ts';

let lab: Lab;
let port: number;
beforeEach(async () => {
  port = await freePort();
  lab = new Lab({ 'smart_scan.servers': `https://127.0.0.1:${port}`, 'watch.check_seconds': 1 });
});
afterEach(() => lab.close());

test('a certificate near its end is told as soon as the server was seen, with what it is and when it ends; once', async () => {
  await lab.sps(port);
  // The SPS shows certificates of 90 days; its authority is one of ten years.
  const gateway = await lab.gateway({ 'watch.certificate_days_min': 100 });
  const follower = lab.follow();
  const near = await follower.until('sekisho.certificate.near-its-end.v1');
  expect(near).toMatchObject({
    subject: `certificate/127.0.0.1:${port}`,
    severitytext: 'WARN',
    data: { certificate: `127.0.0.1:${port}`, host: '127.0.0.1', days: 89 },
  });
  const good = await follower.until('sekisho.certificate.good.v1');
  expect(good).toMatchObject({ subject: 'certificate/smart_scan.ca_file', severitytext: 'DEBUG' });
  await gateway.stop();
  const { stdout } = await lab.command('logs', 'query', '--lang', 'en', '--text', '*certificate*');
  expect(stdout.match(/The certificate of/g)).toHaveLength(1);
  expect(stdout).toContain(`The certificate of 127.0.0.1:${port} has 89 days left`);
});

test('a disk without room is told before mail is refused', async () => {
  const gateway = await lab.gateway({ 'watch.disk_free_bytes_min': 1e15 });
  const full = await lab.follow().until('sekisho.journal.nearly-full.v1');
  expect(full).toMatchObject({ subject: 'journal', severitytext: 'ERROR', data: { short: 'disk' } });
  await gateway.stop();
  const { stdout } = await lab.command('logs', 'query', '--level', 'error', '--lang', 'ja');
  expect(stdout).toContain('ジャーナルのディスクの空き容量が少なくなっています');
});
