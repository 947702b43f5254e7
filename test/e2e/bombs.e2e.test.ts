import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bombs } from '../support/bombs.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, EICAR, mail, multipart, textPart } from '../support/mails.ts';
import { Lab, type LabGateway } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** Bombs beside ordinary mail: what they do is their own trouble. */

const text = (serial: number) => mail(textPart(`ordinary mail ${serial}\n`), { subject: `ordinary ${serial}` });
const infected = mail(multipart([textPart('See the file.'), attachment('eicar.com', EICAR)]));

async function send(address: string, content: Buffer) {
  await using client = await SmtpClient.connect(address);
  const { code, text } = await client.send(content, '<a@example.org>', ['<b@example.net>']);
  return { code, text };
}

/** Of a process, from /proc. */
const threadsOf = (pid: number) => readdirSync(`/proc/${pid}/task`).length;
const peakMegabytes = (pid: number) =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;

describe('bombs beside ordinary mail', () => {
  let lab: Lab;
  let sink: SmtpSink;
  let gateway: LabGateway;
  let pid: number;

  beforeAll(async () => {
    lab = new Lab();
    sink = await startSmtpSink();
    const sps = await lab.sps(await freePort());
    gateway = await lab.gateway({
      'next_hop.url': sink.url,
      'smart_scan.servers': `https://127.0.0.1:${sps.port}`,
      'scan.workers': 2,
    });
    pid = gateway.child.pid ?? 0;
    expect((await send(gateway.address, text(0))).code).toBe(250);
  }, 120_000);
  afterAll(async () => {
    await lab.close();
    await sink.close();
  });

  test.each(Object.entries(bombs))(
    '%s: quarantined, and all others are answered',
    async (_, make) => {
      sink.messages.length = 0;
      const bomb = make();
      const bad = [send(gateway.address, bomb), send(gateway.address, bomb)];
      const good = await Promise.all(Array.from({ length: 20 }, (_, serial) => send(gateway.address, text(serial))));
      const malware = await send(gateway.address, infected);
      expect(good.map(({ code }) => code)).toEqual(good.map(() => 250));
      expect(malware.code).toBe(250);
      for (const reply of await Promise.all(bad)) expect(reply).toMatchObject({ code: 250, text: /quarantined as/ });
      const delivered = sink.messages.map(({ content }) => content.toString('latin1'));
      expect(delivered.filter((each) => each.includes('Subject: ordinary'))).toHaveLength(20);
      expect(delivered).toHaveLength(21);
      expect(delivered.some((each) => each.includes('EICAR'))).toBe(false);
    },
    120_000,
  );

  test('memory stays within the budget: that of four messages, and what the gateway needs itself', () => {
    expect(peakMegabytes(pid)).toBeLessThan(4 * 1056 + 512);
  });

  test('no thread is left over', async () => {
    const other = await lab.gateway({ 'next_hop.url': sink.url, 'scan.workers': 2, 'state.folder': 'other' });
    expect((await send(other.address, text(1))).code).not.toBe(421);
    const fresh = threadsOf(other.child.pid ?? 0);
    await eventually('the threads of a gateway that has had no bombs', () => threadsOf(pid) <= fresh);
    await other.stop();
  }, 60_000);
});

test('SIGTERM while bombs are read: they are given up, and the process ends', async () => {
  const lab = new Lab();
  const sink = await startSmtpSink();
  const gateway = await lab.gateway({ 'next_hop.url': sink.url, 'scan.workers': 1 });
  const bomb = bombs['zips in zips, 16 in each, five levels']?.() ?? Buffer.alloc(0);
  const replies = Array.from({ length: 6 }, () => send(gateway.address, bomb).catch(() => ({ code: 0 })));
  const events = lab.follow();
  await events.until('sekisho.session.scanning');
  expect(await gateway.stop()).toEqual({ code: 0, signal: null });
  for (const { code } of await Promise.all(replies)) expect([0, 250, 421, 451]).toContain(code);
  await lab.close();
  await sink.close();
}, 60_000);
