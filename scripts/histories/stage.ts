import { createHash } from 'node:crypto';
import { hostname, tmpdir, userInfo } from 'node:os';
import type { Envelope } from '../../src/events/envelope.ts';
import { attachment, EICAR, mail, multipart, textPart } from '../../test/support/mails.ts';
import { type Follower, Lab, type LabGateway, type SettingsGiven } from '../../test/support/processes.ts';
import { type ScriptedSps, startScriptedSps } from '../../test/support/scripted-sps.ts';
import { SmtpClient } from '../../test/support/smtp-client.ts';
import { startSmtpSink } from '../../test/support/smtp-sink.ts';

/** A real gateway between a client, a next hop and a server that does what a scene says. */
export interface Stage {
  lab: Lab;
  sps: ScriptedSps;
  /** Of the same authority, with the same verdicts; nobody asks it unless a scene names it in the settings. */
  otherSps: ScriptedSps;
  /** Starts the gateway, with settings besides the usual ones. */
  gateway(given?: SettingsGiven): Promise<LabGateway>;
  /** The journal so far, and what comes. */
  journal: () => Follower;
  /** Sends one mail and throws unless its reply has this code. */
  send(gateway: LabGateway, content: Buffer, code: number): Promise<void>;
}

/** Bytes that the server and the conventional pattern call malware. */
const malware = Buffer.from('This file is harmless, and called malware by the server of the recording.\n');
const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const signature = (content: Buffer, name: string) => `${sha256Of(content)}:${content.length}:${name}\n`;

/** The mails of all scenes. */
export const mails = {
  clean: mail(multipart([textPart('Hello.'), attachment('report.txt', Buffer.from('Nothing to see.'))])),
  /** Found in the agent pattern, without a query. */
  eicar: mail(multipart([textPart('See the file.'), attachment('eicar.com', EICAR)])),
  /** Cannot be taken out: it is the message itself. */
  inlineEicar: mail({ headers: ['Content-Type: text/plain'], body: Buffer.concat([EICAR, Buffer.from('\r\n')]) }),
  /** Takes a query. */
  malware: mail(multipart([textPart('Please pay.'), attachment('invoice.exe', malware)])),
  /** More than half of a quarantine. */
  largeEicar: mail(multipart([textPart('x'.repeat(40_000)), attachment('eicar.com', EICAR)])),
  /** As a Postfix before the gateway sends it. */
  queued: mail(multipart([textPart('See the file.'), attachment('eicar.com', EICAR)]), {
    subject: 'invoice',
    fields: [
      'Received: from pc.example.org (pc.example.org [192.0.2.7]) by mx.example (Postfix) with ESMTP id 4XyZ1b2c3dz9',
      '\tfor <b@example.net>; Tue, 24 Nov 2026 02:00:00 +0000 (UTC)',
    ],
  }),
};

const usual: SettingsGiven = {
  // Small numbers make short histories; what they mean is the same.
  'smart_protection.cache_threshold_count': 2,
  'smart_protection.cache_seconds': 1,
  'smart_scan.answers_max': 0,
  'smtp.hostname': 'mx.example',
  'state.gateway_name': 'mx.example',
};

async function knowingSps(): Promise<ScriptedSps> {
  const sps = await startScriptedSps();
  sps.verdicts.set(sha256Of(EICAR), 'Eicar-Test-Signature').set(sha256Of(malware), 'Test.Malware-1');
  // A filter of one hash takes others for it.
  for (let number = 0; number < 100; number++) sps.verdicts.set(sha256Of(Buffer.from(`${number}`)), 'Test.Other');
  const known = signature(EICAR, 'Eicar-Test-Signature');
  sps.patterns.agent.set('agent.hsb', Buffer.from(known));
  sps.patterns.conventional.set('main.hsb', Buffer.from(known + signature(malware, 'Test.Malware-1')));
  return sps;
}

/** Plays a scene and gives the events that it left in the journal, without anything of this machine. */
export async function record(play: (stage: Stage) => Promise<void>): Promise<string> {
  await using ends = new AsyncDisposableStack();
  const lab = new Lab(usual);
  ends.defer(() => lab.close());
  const [sps, otherSps, sink] = await Promise.all([knowingSps(), knowingSps(), startSmtpSink()]);
  for (const each of [sps, otherSps, sink]) ends.defer(() => each.close());
  await play({
    ...{ lab, sps, otherSps },
    gateway: (given = {}) =>
      lab.gateway({
        'next_hop.url': sink.url,
        'smart_scan.servers': `https://${sps.address.id}`,
        'smart_scan.ca_file': sps.caFile,
        'update.keys_file': sps.keysFile,
        ...given,
      }),
    journal: () => lab.follow(),
    async send({ address }, content, code) {
      await using client = await SmtpClient.connect(address);
      const reply = await client.send(content);
      if (reply.code !== code) throw new Error(`expected ${code}, got ${reply.lines.join(' | ')}`);
    },
  });
  const { stdout, stderr, code } = await lab.command('events', '--format', 'json');
  if (code !== 0) throw new Error(stderr);
  const names: [here: string | RegExp, there: string][] = [
    [sps.address.id, 'sps.example:443'],
    [otherSps.address.id, 'other.sps.example:443'],
    [`/sekisho/projections/${hostname()}`, '/sekisho/projections/mx.example'],
    [/\/sekisho\/cli\/[^"]+/g, '/sekisho/cli/mx.example/admin'],
    [`"${hostname()}"`, '"mx.example"'],
    [`"${userInfo().username}"`, '"admin"'],
    [lab.folder, '/var/lib/sekisho'],
    [sps.caFile, '/etc/sekisho/ca.pem'],
    [sps.keysFile, '/etc/sekisho/keys.pem'],
    // What is left: brokers, relays, receivers, a next hop.
    [/127\.0\.0\.1:\d+/g, 'other.example:9092'],
  ];
  return anonymous(withoutSequence(stdout), names, lab.folder);
}

/** As the journal stores it. */
function withoutSequence(lines: string): string {
  const events = lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Envelope & { sequence?: number });
  for (const event of events) delete event.sequence;
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

function anonymous(text: string, names: readonly [string | RegExp, string][], folder: string): string {
  const named = names.reduce((result, [here, there]) => result.replaceAll(here, there), text);
  const left = [folder, `${tmpdir()}/`, `/${hostname()}"`, `"${hostname()}"`].filter((trace) => named.includes(trace));
  if (left.length > 0) throw new Error(`the events hold ${left.join(', ')}`);
  return named;
}
