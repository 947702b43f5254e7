import { createHash, randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueAuthority, issueServerCertificate } from '../../src/sps/identity/certificate.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { mail, textPart } from '../support/mails.ts';
import { type Follower, Lab, type LabGateway, type LabSps } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the admin API of two gateways', { timeout: 120_000 }, () => {
  const labs = [new Lab({ 'state.gateway_name': 'mx1' }), new Lab({ 'state.gateway_name': 'mx2' })] as const;
  const [lab] = labs;
  const gateways: LabGateway[] = [];
  const urls: string[] = [];
  const tokens: Record<string, string> = {};
  const path = (name: string) => join(lab.folder, name);
  let sps: LabSps;
  let journal: Follower;

  beforeAll(async () => {
    const port = await freePort();
    sps = await lab.sps(port);
    const authority = await issueAuthority(Date.now());
    const pair = await issueServerCertificate(authority, ['127.0.0.1'], 1, Date.now());
    writeFileSync(path('ca.pem'), authority.certificate);
    writeFileSync(path('cert.pem'), pair.certificate);
    writeFileSync(path('key.pem'), pair.key, { mode: 0o600 });
    for (const each of labs) {
      const gateway = await each.gateway({
        ...{ 'smart_scan.servers': `https://127.0.0.1:${port}`, 'smart_scan.ca_file': path('state/sps/ca.pem') },
        ...{ 'update.keys_file': path('state/sps/signing-key.pub.pem'), 'next_hop.url': `maildir:${path('maildir')}` },
        // One of them as an administrator would for a manager elsewhere, the other on loopback.
        ...{ 'console.listen': each === lab ? '0.0.0.0:0' : '127.0.0.1:0' },
        ...(each === lab && { 'console.certificate_file': path('cert.pem'), 'console.key_file': path('key.pem') }),
      });
      gateways.push(gateway);
      const [, url = ''] = await gateway.untilOutput(/admin API: (\S+)\/api/);
      urls.push(url.replace('0.0.0.0', '127.0.0.1'));
    }
    journal = lab.follow();
    for (const role of ['administrator', 'operator', 'read-only']) await addToken(role, role);
  }, 90_000);
  afterAll(() => Promise.all(labs.map((each) => each.close())));

  /** Adds it, while the gateways run, to both: with the file of one. */
  async function addToken(name: string, role: string): Promise<void> {
    const added = await lab.command('console', 'token', 'add', name, '--role', role);
    expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining('shown this once') });
    tokens[name] = added.stdout.trim();
    writeFileSync(path(`${name}.token`), added.stdout, { mode: 0o600 });
  }

  /** At the gateway on loopback, whose tokens are those of the first. */
  const ask = async (method: 'GET' | 'POST', url: string, name: string, headers = {}) => {
    const authorization = `Bearer ${tokens[name]}`;
    const answer = await request(`${urls[1]}${url}`, { method, headers: { authorization, ...headers } });
    return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, unknown> };
  };

  const push = (...argv: string[]) =>
    lab.command('components', 'push', 'agent', ...argv, '--ca-file', 'ca.pem', '--wait', '60', '--json');

  async function publish(): Promise<string> {
    const from = sps.stdout.length;
    writeFileSync(path('urgent.txt'), `${sha256(randomUUID())}\n`);
    expect((await lab.command('sps', 'import', '--agent', 'urgent.txt')).code).toBe(0);
    const [, version = ''] = await sps.untilOutput(/serving smart scan .*, agent ([^,]+),/, from);
    return version;
  }

  test('a push over the API updates the component; events and the audit log say who did it', async () => {
    const version = await publish();
    const pushed = await push(version, '--console', urls[0] ?? '', '--token-file', 'operator.token');
    expect(pushed).toMatchObject({ code: 0, stderr: '' });
    const { command, gateways: outcomes } = JSON.parse(pushed.stdout);
    expect(outcomes).toMatchObject([{ gateway: 'mx1', outcome: 'done', version, failure: null }]);
    await journal.until('updater.updated', ({ data }) => data.component === 'agent' && data.version === version);
    const running = await journal.until('command.running', ({ correlationid }) => correlationid === command);
    expect(running.data.input).toMatchObject({ givenBy: '/sekisho/console/mx1/operator' });
    const audit = await lab.command('logs', 'query', '--type', 'audit');
    expect(audit.stdout).toContain(
      `Command deploy-component agent (${command}) was carried out (by /sekisho/console/mx1/operator)`,
    );
    expect(audit.stdout).toMatch(
      /Change of a token of the admin API is done: operator \[none → operator until .*\(by /,
    );
    const token = tokens.operator ?? '';
    for (const text of [audit.stdout, gateways[0]?.stdout, gateways[0]?.stderr, JSON.stringify(journal.events)])
      expect(text).not.toContain(token.slice(8));
  });

  test('several gateways at once, each with its outcome; one that does not let in, one that is not there', async () => {
    const version = await publish();
    const nobody = `https://127.0.0.1:${await freePort()}`;
    const all = urls.concat(nobody).flatMap((url) => ['--console', url]);
    const pushed = await push(...all, '--token-file', 'operator.token');
    expect(pushed.code).toBe(69);
    expect(pushed.stderr).toContain('2 of 3 gateways did not do it');
    expect(JSON.parse(pushed.stdout).gateways).toMatchObject([
      { gateway: 'mx1', outcome: 'done', version },
      { gateway: new URL(urls[1] ?? '').host, outcome: 'failed', reason: expect.stringContaining('401') },
      { gateway: new URL(nobody).host, outcome: 'failed' },
    ]);
    // The same token there, and both are done.
    const [first, second] = labs.map((each) => join(each.folder, 'state/console/tokens'));
    mkdirSync(join(labs[1].folder, 'state/console'), { recursive: true, mode: 0o700 });
    copyFileSync(first ?? '', second ?? '');
    const again = await push(version, ...urls.flatMap((url) => ['--console', url]), '--token-file', 'operator.token');
    expect(JSON.parse(again.stdout).gateways).toMatchObject([
      { gateway: 'mx1', outcome: 'done' },
      { gateway: 'mx2', outcome: 'done', version },
    ]);
  });

  test('a read-only token that tries each write gets 403, and nothing happens', async () => {
    const log = labs[1].follow();
    for (const url of ['/api/components/agent/update', '/api/components/agent/rollback', '/api/restart'])
      expect((await ask('POST', url, 'read-only')).status).toBe(403);
    const refused = await push('--console', urls[0] ?? '', '--token-file', 'read-only.token');
    expect(JSON.parse(refused.stdout).gateways[0].reason).toContain('403 Forbidden: read-only may not do this');
    expect(readdirSync(join(labs[1].folder, 'state/commands'))).toEqual([]);
    // What is given after it comes after it.
    const { body } = await ask('POST', '/api/restart', 'administrator', { prefer: 'wait=60' });
    expect(body).toMatchObject({ state: 'done', gateway: 'mx2', order: { kind: 'restart' } });
    await log.until('command.done', ({ correlationid }) => correlationid === body.id);
    const by = log.events.flatMap(({ data }) => (data.input as { givenBy?: string } | undefined)?.givenBy ?? []);
    expect(by.filter((source) => source.includes('read-only'))).toEqual([]);
  });

  test('state and components are what the command line shows', async () => {
    const { body } = await ask('GET', '/api/status', 'read-only');
    const { stdout } = await labs[1].command('servers', '--format', 'json');
    const shown = JSON.parse(stdout);
    expect(body).toMatchObject({ gateway: '/sekisho/gateway/mx2', state: 'Running', epoch: shown.epoch });
    expect((body.servers as { server: string }[]).map(({ server }) => server)).toEqual(
      shown.servers.map(({ server }: { server: string }) => server),
    );
    const listed = await labs[1].command('components', 'list', '--json');
    const rows = (await ask('GET', '/api/components', 'read-only')).body.components as { version: string }[];
    const versions = listed.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).version);
    expect(rows.map(({ version }) => version)).toEqual(versions);
  });

  test('roll back, and a command that fails, are told by their id, after kill -9 of the gateway, too', async () => {
    const back = await ask('POST', '/api/components/agent/rollback', 'operator', { prefer: 'wait=60' });
    expect(back.body).toMatchObject({ state: 'done', givenBy: '/sekisho/console/mx2/operator' });
    const again = await ask('POST', '/api/components/agent/rollback', 'operator', { prefer: 'wait=60' });
    expect(again.body).toMatchObject({ state: 'failed', failure: 'nothing-before' });
    await gateways[1]?.kill();
    gateways[1] = await labs[1].gateway({
      ...{ 'smart_scan.servers': `https://127.0.0.1:${sps.port}`, 'smart_scan.ca_file': path('state/sps/ca.pem') },
      ...{ 'next_hop.url': `maildir:${path('maildir')}`, 'console.listen': new URL(urls[1] ?? '').host },
    });
    const known = await ask('GET', `/api/commands/${back.body.id}`, 'read-only');
    expect(known).toMatchObject({ status: 200, body: { state: 'done', order: { kind: 'rollback-component' } } });
  });

  test('a token that is removed is refused with the next request; the list never shows one', async () => {
    const list = await lab.command('console', 'token', 'list');
    expect(list.stdout).toMatch(/operator +operator +20/);
    expect(list.stdout).not.toContain('sekisho_');
    expect((await lab.command('console', 'token', 'remove', 'operator')).code).toBe(0);
    const refused = await push('--console', urls[0] ?? '', '--token-file', 'operator.token');
    expect(JSON.parse(refused.stdout).gateways[0].reason).toContain('401 Unauthorized');
    expect((await lab.command('console', 'token', 'remove', 'operator')).code).toBe(64);
    expect((await lab.command('console', 'token', 'add', 'read-only', '--role', 'operator')).code).toBe(64);
  });

  test('wrong settings and arguments are refused before anything is sent', async () => {
    const open = await lab.commandWith({ 'console.listen': '0.0.0.0:8445' }, 'check-config');
    expect(open).toMatchObject({ code: 78, stderr: expect.stringContaining('in the clear') });
    const clear = ['--console', 'http://mx1.example:8445', '--token-file', 'read-only.token'];
    expect(await push(...clear)).toMatchObject({ code: 64, stderr: expect.stringContaining('must be https') });
    writeFileSync(path('open.token'), tokens['read-only'] ?? '', { mode: 0o644 });
    const open2 = await push('--console', urls[0] ?? '', '--token-file', 'open.token');
    expect(open2).toMatchObject({ code: 64, stderr: expect.stringContaining('chmod 600') });
  });

  test('a gateway whose address is taken does not start, and says why', async () => {
    const taken = new URL(urls[1] ?? '').host;
    const other = new Lab({ 'state.gateway_name': 'mx3', 'smtp.listen': '127.0.0.1:0', 'console.listen': taken });
    const { code, stderr } = await other.commandWith({ 'next_hop.url': `maildir:${path('maildir')}` }, 'gateway');
    expect([code, stderr]).toEqual([69, expect.stringContaining(`[console] cannot listen on ${taken}`)]);
    await other.close();
  });

  test('mail flows while a thousand connections and wrong tokens keep the API busy', async () => {
    const { hostname: host, port } = new URL(urls[1] ?? '');
    const wrong = `GET /api/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer wrong\r\n\r\n`;
    const many = Array.from({ length: 1000 }, () => {
      const socket = connect({ host, port: Number(port) }, () => socket.write(wrong));
      // Those that are answered ask again.
      return socket.on('data', () => socket.write(wrong)).on('error', () => {});
    });
    await using client = await SmtpClient.connect(gateways[1]?.address ?? '');
    for (let count = 0; count < 20; count++)
      expect(await client.send(mail(textPart('See you.\n'), { subject: `busy ${count}` }))).toMatchObject({
        code: 250,
      });
    for (const socket of many) socket.destroy();
    await eventually('the API answers again', async () => {
      const answer = await ask('GET', '/api/components', 'read-only').catch(() => undefined);
      return answer?.status === 200;
    });
  });

  test('they end in time, also with somebody who waits for a command that waits for its turn', async () => {
    const gone = ask('POST', '/api/components/agent/update', 'administrator', { prefer: 'wait=60' }).catch(
      () => 'gone',
    );
    const ends = await Promise.all(gateways.map((gateway) => gateway.stop()));
    await gone;
    expect(ends).toEqual(gateways.map(() => ({ code: 0, signal: null })));
  });
});
