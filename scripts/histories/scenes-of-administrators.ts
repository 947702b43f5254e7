import { createServer } from 'node:net';
import { type SmtpSink, startSmtpSink } from '../../test/support/smtp-sink.ts';
import { mails, type Stage } from './stage.ts';

/** What administrators see and do: recorded since 0.3.0. */

const own = { 'notify.mail_from': 'sekisho@example.org', 'notify.mail_to': 'admin@example.org' };

async function withSink(lmtp: boolean, work: (sink: SmtpSink) => Promise<void>): Promise<void> {
  const sink = await startSmtpSink(lmtp ? { lmtp } : {});
  try {
    await work(sink);
  } finally {
    await sink.close();
  }
}

/** An outage that is told by mail and by SNMP; then a relay that takes nothing for a while, and one recipient whom it refuses. */
function notifications({ gateway, send, sps, journal }: Stage): Promise<void> {
  return withSink(false, async (relay) => {
    const running = await gateway({
      ...{ ...own, 'notify.mail_relay': relay.url, 'notify.snmp_receivers': 'snmp://public@127.0.0.1:9' },
      ...{ 'notify.server_unavailable_snmp': 'yes', 'notify.malware_mail': 'yes' },
    });
    const log = journal();
    await sps.script('refuse');
    for (let failure = 0; failure < 3; failure++) await send(running, mails.malware, 451);
    await log.until('notification.sent', ({ subject }) => subject.includes('/mail/'));
    await log.until('notification.sent', ({ subject }) => subject.includes('/snmp/'));
    let isFirst = true;
    relay.script = ({ verb }) => {
      const isRefused = verb === 'MAIL' && isFirst;
      if (isRefused) isFirst = false;
      return isRefused ? '451 4.3.0 later' : undefined;
    };
    await send(running, mails.malware, 250);
    const waiting = await log.until('notification.waiting');
    await log.until('notification.sent', ({ subject }) => subject === waiting.subject);
    relay.script = ({ verb }) => (verb === 'RCPT' ? '550 5.1.1 no such user' : undefined);
    await sps.script('ok');
    await log.until('notification.given-up');
    await running.stop();
  });
}

/** A certificate near its end, a disk without room, and both well again. */
async function watches({ gateway, journal }: Stage): Promise<void> {
  const often = { 'watch.check_seconds': 1 };
  const running = await gateway({
    ...{ ...often, 'watch.certificate_days_min': 100, 'watch.disk_free_bytes_min': 1e15 },
  });
  const log = journal();
  await log.until('certificate.near-its-end');
  const full = await log.until('journal.nearly-full');
  await running.stop();
  const well = await gateway({ ...often, 'watch.certificate_days_min': 1 });
  await log.until('certificate.good', () => true, full);
  await log.until('journal.roomy', () => true, full);
  await well.stop();
}

/** A quarantine that is full, one that makes room, and what administrators do to it. */
function quarantine({ gateway, send, lab, journal }: Stage): Promise<void> {
  return withSink(false, async (hop) => {
    const small = {
      ...{ 'next_hop.url': hop.url, 'virus_rule.malware_action': 'quarantine' },
      ...{ 'smtp.message_bytes_max': 65_536, 'quarantine.bytes_max': 70_000 },
    };
    const running = await gateway(small);
    const log = journal();
    await send(running, mails.largeEicar, 250);
    await send(running, mails.largeEicar, 452);
    const refused = await log.until('quarantine.full');
    await running.stop();
    const making = await gateway({ ...small, 'quarantine.when_full': 'delete_oldest' });
    await send(making, mails.largeEicar, 452);
    await log.until('quarantine.expired', () => true, refused);
    await log.until('quarantine.open', ({ data }) => data.from === 'Full', refused);
    await send(making, mails.largeEicar, 250);
    const kept = await log.until(
      'scan.answered',
      ({ data }) => JSON.stringify(data.reply).includes('quarantined'),
      refused,
    );
    const id = kept.subject.slice('scan/'.length);
    for (const what of ['release', 'delete']) {
      const { code, stderr } = await lab.commandWith(small, 'quarantine', what, id);
      if (code !== 0) throw new Error(stderr);
      await log.until(`admin.quarantine-${what}`);
    }
    await making.stop();
  });
}

/** Settings that change while it runs and while it does not, a restart by command, and a person who is erased. */
async function audit({ gateway, send, lab, journal }: Stage): Promise<void> {
  lab.writeIni('');
  const running = await gateway();
  const log = journal();
  await send(running, mails.eicar, 250);
  lab.writeIni('[virus_rule]\nmalware_action = reject\n');
  await lab.command('restart');
  await log.until('service.running', ({ data }) => data.epoch === 2);
  await lab.command('privacy', 'erase', 'b@example.net');
  await log.until('privacy.erased', ({ data }) => data.what === 'address');
  await running.stop();
  lab.writeIni('[virus_rule]\nmalware_action = quarantine\n[scan]\ndepth_max = 5\n');
  const again = await gateway();
  await send(again, mails.eicar, 250);
  await again.stop();
}

/** Each action that 0.3.0 brought, and everything that is done besides. */
function virusRule({ gateway, send, journal }: Stage): Promise<void> {
  return withSink(false, async (relay) => {
    const everything = 'tag_subject, add_header, archive, notify_administrator, notify_recipient, notify_sender';
    const given = {
      ...{ ...own, 'notify.mail_relay': relay.url, 'notify.own_domains': 'example.org, example.net' },
      ...{ 'virus_rule.archive_folder': 'archive', 'virus_rule.added_header': 'X-Virus: found' },
      ...{ 'virus_rule.change_recipient_to': 'lab@example.org', 'virus_rule.malware_also': everything },
    };
    for (const action of ['delete_all_attachments', 'change_recipient']) {
      const running = await gateway({ ...given, 'virus_rule.malware_action': action });
      await send(running, mails.eicar, 250);
      await send(running, mails.queued, 250);
      await journal().until('notification.sent', ({ subject, data }) => {
        return subject.includes('notice-to-recipient') && data.about !== undefined;
      });
      await running.stop();
    }
  });
}

/** A next hop by LMTP, which takes one message and defers the other. */
function lmtp({ gateway, send }: Stage): Promise<void> {
  return withSink(true, async (hop) => {
    const running = await gateway({ 'next_hop.url': hop.url });
    await send(running, mails.queued, 250);
    hop.script = ({ verb }) => (verb === '.' ? '452 4.2.2 mailbox full' : undefined);
    await send(running, mails.clean, 452);
    await running.stop();
  });
}

/** A syslog server that is away at first. */
async function syslog({ gateway, send, journal }: Stage): Promise<void> {
  const server = createServer((socket) => socket.resume());
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  await new Promise((resolve) => server.close(resolve));
  const running = await gateway({ 'syslog.target': `tcp://127.0.0.1:${port}` });
  const log = journal();
  await send(running, mails.queued, 250);
  await log.until('relay.away');
  server.listen(port, '127.0.0.1');
  await log.until('relay.relaying');
  await running.stop();
  server.close();
}

/** By the name of the file. */
export const scenesOfAdministrators: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  ...{ notifications, watches, quarantine, audit, 'virus-rule': virusRule, lmtp, syslog },
};
