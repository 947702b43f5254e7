import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectKafka } from '../../src/adapters/kafka/connect.ts';
import { commandEvent } from '../../src/events/command.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { topicName } from '../../src/events/topics.ts';
import { freePort } from '../support/free-port.ts';
import { type PlainKafka, plainAccess, plainKafka, plainKafkaMissing } from '../support/kafka.ts';
import { type Follower, Lab, type LabGateway, type LabSps } from '../support/processes.ts';

const missing = plainKafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: commands to two gateways. ${missing}`);

describe.skipIf(missing !== undefined)('commands to two gateways', () => {
  const labs = [new Lab({ 'state.gateway_name': 'mx1' }), new Lab({ 'state.gateway_name': 'mx2' })] as const;
  const [lab] = labs;
  const gateways: LabGateway[] = [];
  const journals: Follower[] = [];
  let kafka: PlainKafka;
  let sps: LabSps;
  let given: Record<string, string>;

  beforeAll(async () => {
    kafka = await plainKafka();
    const port = await freePort();
    sps = await lab.sps(port);
    given = {
      'kafka.brokers': kafka.brokers,
      'kafka.topic_prefix': kafka.prefix,
      'smart_scan.servers': `https://127.0.0.1:${port}`,
      'smart_scan.ca_file': join(lab.folder, 'state/sps/ca.pem'),
      'update.keys_file': join(lab.folder, 'state/sps/signing-key.pub.pem'),
      'next_hop.url': `maildir:${join(lab.folder, 'maildir')}`,
    };
    expect((await lab.commandWith(given, 'kafka', 'init')).code).toBe(0);
    for (const each of labs) {
      gateways.push(await each.gateway(given));
      journals.push(each.follow());
    }
  }, 90_000);
  afterAll(async () => {
    await Promise.all(labs.map((each) => each.close()));
    await kafka?.close();
  });

  /** Has the server publish a new agent pattern. @returns its version */
  async function published(): Promise<string> {
    const from = sps.stdout.length;
    writeFileSync(join(lab.folder, 'urgent.txt'), `${createHash('sha256').update(randomUUID()).digest('hex')}\n`);
    expect((await lab.command('sps', 'import', '--agent', 'urgent.txt')).code).toBe(0);
    const [, version = ''] = await sps.untilOutput(/serving smart scan .*, agent ([^,]+),/, from);
    return version;
  }

  /** Gives a command and waits for both gateways: the outcomes as `<gateway> <state>`, sorted. */
  async function command(...argv: string[]) {
    const both = ['--gateway', 'mx1', '--gateway', 'mx2', '--wait', '60', '--format', 'json'];
    const { code, stdout, stderr } = await lab.commandWith(given, 'command', ...argv, ...both);
    const [event, ...outcomes] = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Envelope);
    const states = outcomes.map(({ source, data }) => `${source.split('/').at(-1)} ${data.state}`).toSorted();
    return { code, stderr, event, outcomes, states };
  }
  const to = (...names: string[]) => [...names.flatMap((name) => ['--gateway', name]), '--wait', '60'];
  const oncePerGateway = ['mx1 Done', 'mx1 Running', 'mx2 Done', 'mx2 Running'];

  /** Types of the events of a journal that a command led to. */
  const told = (journal: Follower, id: string) =>
    journal.events.filter(({ correlationid }) => correlationid === id).map(({ type }) => type.split('.')[2]);
  const epochs = (journal: Follower) =>
    journal.events.filter(
      ({ type }) => type === 'sekisho.service.starting.v1' || type === 'sekisho.service.restarting.v1',
    ).length;

  test('a restart reaches both, exactly once, though it is given twice', async () => {
    const first = await command('restart', '--id', 'r1');
    expect(first).toMatchObject({ code: 0, stderr: '', states: oncePerGateway });
    const again = await command('restart', '--id', 'r1');
    expect(again).toMatchObject({ code: 0, states: oncePerGateway });
    expect(new Set(again.outcomes.map(({ id }) => id))).toEqual(new Set(first.outcomes.map(({ id }) => id)));
    // What is given after it comes after it: had it been begun again, that would be told by now.
    expect((await command('restart', '--id', 'r2')).states).toEqual(oncePerGateway);
    for (const journal of journals) {
      await journal.until('command.done', ({ correlationid }) => correlationid === 'r2');
      expect(told(journal, 'r1')).toEqual(['running', 'done']);
      expect(epochs(journal)).toBe(3);
    }
  });

  test('kill -9: a gateway that is started again begins nothing again', async () => {
    await gateways[0]?.kill();
    gateways[0] = await lab.gateway(given);
    expect((await command('restart', '--id', 'r3')).states).toEqual(oncePerGateway);
    const [journal] = journals as [Follower];
    await journal.until('command.done', ({ correlationid }) => correlationid === 'r3');
    for (const id of ['r1', 'r2', 'r3']) expect(told(journal, id)).toEqual(['running', 'done']);
    expect(epochs(journal)).toBe(5);
  });

  test('a gateway that is off when it is given gets it when it comes back', async () => {
    await gateways[1]?.stop();
    expect((await lab.commandWith(given, 'command', 'restart', '--id', 'r4')).code).toBe(0);
    gateways[1] = await labs[1].gateway(given);
    for (const journal of journals) await journal.until('command.done', ({ correlationid }) => correlationid === 'r4');
  });

  test('a new pattern is deployed to both, and they say which version they have', async () => {
    const newest = await published();
    const { states, outcomes } = await command('deploy', 'agent', '--id', 'd1');
    expect(states).toEqual(oncePerGateway);
    const versions = outcomes.flatMap(({ data }) => (data.result as { version: string } | null)?.version ?? []);
    expect(versions).toEqual([newest, newest]);
    for (const journal of journals) {
      await journal.until('updater.updated', ({ data }) => data.component === 'agent' && data.version === newest);
    }
    // And now that it is there, it is there.
    expect((await command('deploy', 'agent', versions[0] ?? '')).states).toEqual(oncePerGateway);
    const wrong = await command('deploy', 'agent', 'no-such-version');
    expect(wrong).toMatchObject({ code: 69, states: ['mx1 Failed', 'mx1 Running', 'mx2 Failed', 'mx2 Running'] });
    expect(wrong.stderr).toMatch(/not done by mx[12], mx[12]/);
    for (const journal of journals)
      await journal.until('command.failed', ({ correlationid }) => correlationid === wrong.event?.id);
  });

  test('a component is pushed to all and rolled back on one, and each says what it had and has', async () => {
    const newest = await published();
    const pushed = await lab.commandWith(given, 'components', 'push', 'agent', ...to('mx1', 'mx2'), '--json');
    expect(pushed).toMatchObject({ code: 0, stderr: '' });
    const { gateways: both } = JSON.parse(pushed.stdout) as { gateways: { before: string }[] };
    expect(both).toMatchObject([
      { gateway: 'mx1', outcome: 'done', version: newest, failure: null },
      { gateway: 'mx2', outcome: 'done', version: newest },
    ]);
    const before = both[1]?.before ?? '';
    const back = await lab.commandWith(given, 'components', 'rollback', 'agent', ...to('mx2'));
    expect(back).toMatchObject({ code: 0, stderr: '' });
    expect(back.stdout).toMatch(new RegExp(`^mx2 +done +${newest} +${before}$`, 'm'));
    const again = await lab.commandWith(given, 'components', 'push', 'agent', ...to('mx1', 'mx2'));
    expect(again).toMatchObject({ code: 69, stderr: expect.stringContaining('1 of 2 gateways did not do it') });
    expect(again.stdout).toMatch(new RegExp(`^mx1 +nothing new +${newest} +${newest}$`, 'm'));
    expect(again.stdout).toMatch(/^mx2 +failed +- +- +rolled-back: version \S+ was rolled back/m);
    // A newer one is taken again.
    const newer = await published();
    const all = await lab.commandWith(given, 'components', 'push', 'agent', newer, ...to('mx1', 'mx2'), '--json');
    expect(JSON.parse(all.stdout).gateways).toMatchObject([
      { gateway: 'mx1', before: newest, version: newer },
      { gateway: 'mx2', before, version: newer },
    ]);
  });

  test('--all waits for those that the log knows to run', async () => {
    const all = await lab.commandWith(given, 'components', 'push', 'filter', '--all', '--wait', '60', '--json');
    expect(JSON.parse(all.stdout).gateways).toContainEqual(
      expect.objectContaining({ gateway: 'mx1', outcome: 'done' }),
    );
  });

  test('what is malformed, unknown or expired is refused by both, with an event; nothing is done', async () => {
    const before = journals.map(epochs);
    const order = { kind: 'restart' } as const;
    const usual = { order, source: '/test', validSeconds: 60, gateways: [] };
    const expired = commandEvent({ ...usual, id: 'late', timeMs: Date.now() - 61_000 });
    const reboot = {
      ...commandEvent({ ...usual, id: 'reboot', timeMs: Date.now() }),
      type: 'sekisho.command.reboot.v1',
    };
    const producer = (await connectKafka(plainAccess(kafka.brokers), () => {})).producer();
    await producer.connect();
    await producer.send({
      topic: topicName(kafka.prefix, 'commands'),
      messages: ['rubbish', JSON.stringify(expired), JSON.stringify(reboot)].map((value) => ({ value })),
    });
    await producer.disconnect();
    for (const journal of journals) {
      const refused = (reason: RegExp) =>
        journal.until('command.refused', ({ data }) => reason.test(String(data.reason)));
      expect((await refused(/no JSON/)).subject).toMatch(/^command\/record-0-\d+\/mx[12]$/);
      expect((await refused(/expired \d+ s ago/)).correlationid).toBe('late');
      expect((await refused(/knows no command/)).correlationid).toBe('reboot');
    }
    expect(journals.map(epochs)).toEqual(before);
  });

  test('--local is for the gateway of the state folder alone; its settings are read again, and wrong ones refused', async () => {
    const local = (...argv: string[]) =>
      lab.commandWith(given, 'command', ...argv, '--local', '--wait', '60', '--format', 'json');
    const { code, stdout } = await local('restart', '--id', 'l1');
    expect(code).toBe(0);
    expect(stdout).toContain('"sekisho.command.done.v1"');
    await journals[0]?.until('command.done', ({ correlationid }) => correlationid === 'l1');
    lab.writeIni('[smart_scan]\nquery_timeout_ms = 1\n');
    const before = epochs(journals[0] as Follower);
    // Not by `sekisho command`: it reads the same file.
    writeFileSync(
      join(lab.folder, 'state/commands/l2.json'),
      JSON.stringify(
        commandEvent({
          ...{
            id: 'l2',
            order: { kind: 'restart' },
            source: '/test',
            timeMs: Date.now(),
            validSeconds: 60,
            gateways: [],
          },
        }),
      ),
    );
    const failed = await journals[0]?.until('command.failed', ({ correlationid }) => correlationid === 'l2');
    expect(failed?.data.reason).toMatch(/query_timeout_ms/);
    expect(epochs(journals[0] as Follower)).toBe(before);
    expect(told(journals[1] as Follower, 'l1')).toEqual([]);
    lab.writeIni('');
  });

  test('one that kill -9 cut short has failed, and is not begun again', async () => {
    const hanging = createServer(() => {});
    await once(hanging.listen(0, '127.0.0.1'), 'listening');
    const url = `https://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
    const [, journal] = journals as [Follower, Follower];
    await gateways[1]?.stop();
    gateways[1] = await labs[1].gateway({ ...given, 'update.url': url });
    const argv = ['command', 'deploy', 'agent', '--id', 'k1', '--gateway', 'mx2'];
    expect((await lab.commandWith(given, ...argv)).code).toBe(0);
    await journal.until('command.running', ({ correlationid }) => correlationid === 'k1');
    await gateways[1].kill();
    gateways[1] = await labs[1].gateway(given);
    const failed = await journal.until('command.failed', ({ correlationid }) => correlationid === 'k1');
    expect(failed.data.reason).toContain('the gateway ended in the middle');
    await lab.commandWith(given, ...argv);
    await lab.commandWith(given, ...argv.with(4, 'k2'));
    await journal.until('command.done', ({ correlationid }) => correlationid === 'k2');
    expect(told(journal, 'k1')).toEqual(['running', 'failed']);
    hanging.close();
  });

  test('the end of a gateway does not wait for Kafka', async () => {
    expect(await Promise.all(gateways.map((gateway) => gateway.stop()))).toEqual(
      gateways.map(() => ({ code: 0, signal: null })),
    );
  });
});
