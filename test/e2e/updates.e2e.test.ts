import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import { type Follower, Lab, type LabGateway, type LabSps } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What `sekisho components list --json` shows of a component. */
interface Listed {
  component: string;
  state: string;
  version: string;
  signatures?: number;
  lastCheck?: string;
  nextCheck?: string;
  heldBack?: string;
  lastFailure?: { kind: string; reason: string };
}

describe('updates by hand, pushed and rolled back', { timeout: 240_000 }, () => {
  const lab = new Lab({
    // As an administrator would who updates by hand and by push only.
    ...{ 'update.components': 'agent', 'update.schedule': 'weekly sunday 02:30', 'state.gateway_name': 'mx1' },
    ...{ 'smart_scan.filter_check_seconds': 3600 },
  });
  const keys = join(lab.folder, 'keys.pem');
  let sps: LabSps;
  let gateway: LabGateway;
  let sink: SmtpSink;
  let journal: Follower;

  beforeAll(async () => {
    sink = await startSmtpSink();
    const port = await freePort();
    sps = await lab.sps(port);
    const given = { 'next_hop.url': sink.url, 'smart_scan.servers': `https://127.0.0.1:${port}` };
    writeFileSync(keys, readFileSync(join(lab.folder, 'state/sps/signing-key.pub.pem')));
    gateway = await lab.gateway({ ...given, 'update.keys_file': keys });
    journal = lab.follow();
  }, 60_000);
  afterAll(async () => {
    await lab.close();
    await sink?.close();
  });

  const listed = async () => {
    const { stdout, stderr } = await lab.command('components', 'list', '--json');
    expect(stderr).toBe('');
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Listed);
    return Object.fromEntries(rows.map((row) => [row.component, row]));
  };
  /** Publishes a version with new entries. @returns the version of the agent pattern */
  let published = 0;
  async function publish(): Promise<string> {
    const from = sps.stdout.length;
    const file = join(lab.folder, `new-${++published}.txt`);
    writeFileSync(file, `${sha256(`malware ${published}`)}\n`);
    expect(await lab.command('sps', 'import', '--agent', file)).toMatchObject({ code: 0 });
    const [, version = ''] = await sps.untilOutput(/serving smart scan .*, agent ([^,]+),/, from);
    return version;
  }
  const starts = () => journal.events.filter(({ type }) => /service\.(starting|restarting)/.test(type)).length;

  test('the list shows what is in use, and the next check of what is selected', async () => {
    const { agent, conventional, filter } = await listed();
    expect(agent).toMatchObject({ state: 'Updated', version: expect.stringMatching(/^\d+-[0-9a-f]{12}$/) });
    expect(agent?.signatures).toBeGreaterThan(0);
    expect(new Date(agent?.nextCheck ?? '').getTime()).toBeGreaterThan(Date.now());
    // It was not there: without it, mail would have waited. From now on it is only looked for by hand.
    expect(conventional).toMatchObject({ state: 'Updated' });
    expect(conventional?.nextCheck).toBeUndefined();
    expect(filter?.nextCheck).toBeDefined();
    const { stdout } = await lab.command('components', 'list');
    expect(stdout.split('\n')[0]).toMatch(/GATEWAY +COMPONENT +STATE +VERSION/);
    expect(stdout).toMatch(/mx1 +conventional +Updated .* by hand/);
  });

  test('by hand: nothing new, then a new one; a new filter restarts nothing (D2)', async () => {
    const none = await lab.command('update', 'conventional');
    expect(none).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^conventional: \S+ is in use, and is the newest/),
    });
    const version = await publish();
    const before = (await listed()).agent?.version;
    const epochs = starts();
    const filter = JSON.parse((await lab.command('update', 'filter', '--json')).stdout);
    expect(filter).toMatchObject({ component: 'filter', outcome: 'done', failure: null });
    expect(filter.version).not.toBe(filter.before);
    await journal.until('updater.updated', ({ data }) => data.version === filter.version);
    expect(starts()).toBe(epochs);
    const all = await lab.command('update');
    expect(all.code).toBe(0);
    expect(all.stdout).toContain(`agent: ${version} is in use, before it was ${before}`);
    await journal.until('updater.updated', ({ data }) => data.version === version);
    expect(starts()).toBeGreaterThan(epochs);
  });

  test('what no trusted key signed is refused with an exit code of its own, and told; the one in use stays', async () => {
    const version = await publish();
    const before = (await listed()).agent?.version;
    const good = readFileSync(keys);
    writeFileSync(keys, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
    const refused = await lab.command('update', 'agent');
    expect(refused).toMatchObject({ code: 65, stdout: expect.stringMatching(/^agent: failed \(wrongly-signed\): /) });
    writeFileSync(keys, 'no key');
    expect(await lab.command('update', 'agent')).toMatchObject({ code: 78 });
    writeFileSync(keys, good);
    expect((await listed()).agent).toMatchObject({ version: before, lastFailure: { kind: 'no-key' } });
    const told = await lab.command('logs', 'query', '--type', 'system', '--lang', 'ja');
    expect(told.stdout).toContain('コンポーネント agent を更新できませんでした (信頼できる鍵で署名されていません)');
    expect(told.stdout).toContain('コンポーネント agent を更新できませんでした (署名を確認する鍵がありません)');
    expect(await lab.command('update', 'agent')).toMatchObject({ code: 0, stdout: expect.stringContaining(version) });
  });

  test('20 sessions while patterns are updated, pushed and rolled back: every mail arrives once, none waits (D10)', async () => {
    let sent = 0;
    let isOver = false;
    async function session(number: number): Promise<void> {
      await using client = await SmtpClient.connect(gateway.address);
      for (let count = 0; !isOver; count++) {
        const file = attachment('file.bin', Buffer.from(`${number} ${count}`));
        const content = mail(multipart([textPart('See the file.'), file]), { subject: `load ${number} ${count}` });
        expect(await client.send(content)).toMatchObject({ code: 250 });
        sent++;
      }
    }
    const epochs = starts();
    const rounds = async () => {
      for (let round = 0; round < 2; round++) {
        const before = (await listed()).agent?.version;
        const version = await publish();
        const pushed = await lab.command('components', 'push', 'agent', version, '--all', '--json');
        expect(JSON.parse(pushed.stdout).gateways).toMatchObject([
          { gateway: 'mx1', outcome: 'done', before, version },
        ]);
        expect(await lab.command('update')).toMatchObject({ code: 0 });
        const back = await lab.command('components', 'rollback', 'agent');
        expect(back).toMatchObject({ code: 0, stdout: expect.stringMatching(`mx1 +done +${version} +${before}`) });
        expect((await listed()).agent).toMatchObject({ state: 'RolledBack', version: before, heldBack: version });
        const held = await lab.command('update', 'agent');
        expect(held).toMatchObject({ code: 69, stdout: expect.stringContaining('(rolled-back)') });
        expect((await lab.command('components', 'rollback', 'agent')).stdout).toContain('nothing-before');
      }
    };
    const sessions = Array.from({ length: 20 }, (_, number) => session(number));
    // What fails there must not leave the sessions running.
    await rounds().finally(() => (isOver = true));
    await Promise.all(sessions);
    const subjects = sink.messages.map(({ content }) => /^Subject: (.*)$/m.exec(content.toString())?.[1]);
    expect(sent).toBeGreaterThan(100);
    expect(subjects).toHaveLength(sent);
    expect(new Set(subjects).size).toBe(sent);
    await journal.until('command.failed');
    expect(starts() - epochs).toBeGreaterThanOrEqual(2 * 3);
    expect(journal.events.filter(({ type }) => type.startsWith('sekisho.scan.deferred'))).toEqual([]);
  });

  test('who ordered it is in the audit log; wrong addressees are refused before anything is given', async () => {
    const audit = await lab.command('logs', 'query', '--type', 'audit', '--text', '*rollback-component*');
    expect(audit.stdout).toMatch(/Command rollback-component agent \(\S+\) was carried out \(by \/sekisho\/cli\//);
    expect(await lab.command('components', 'push', 'agent')).toMatchObject({ code: 64 });
    const other = await lab.command('components', 'push', 'agent', '--gateway', 'mx2');
    expect(other).toMatchObject({ code: 64, stderr: expect.stringContaining('not mx2') });
  });
});
