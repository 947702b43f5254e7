import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, EICAR, mail, multipart, textPart } from '../support/mails.ts';
import { Lab, type LabGateway, type LabSps } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const clean = mail(textPart('hello\r\n'), { subject: 'clean' });
const infected = mail(multipart([textPart('x'), attachment('eicar.com', EICAR)]), { subject: 'offer' });

let lab: Lab;
let sink: SmtpSink;
let sps: LabSps;
let gateway: LabGateway;
const given = () => ({ 'next_hop.url': sink.url, 'smart_scan.servers': `https://127.0.0.1:${sps.port}` });
beforeAll(async () => {
  lab = new Lab();
  sink = await startSmtpSink();
  sps = await lab.sps(await freePort());
  lab.writeIni('[virus_rule]\nmalware_action = quarantine\n');
  gateway = await lab.gateway(given());
});
afterAll(async () => {
  await lab.close();
  await sink.close();
});

const path = (...names: string[]) => join(lab.folder, ...names);
const elsewhere = (name: string) => ({ 'state.folder': path(name) });

/** Clean and infected mail by turns on some connections, until it is stopped; each must be taken. */
function load(connections: number): { sent: () => number; stop(): Promise<void> } {
  let [count, isStopped] = [0, false];
  const loops = Array.from({ length: connections }, async () => {
    await using client = await SmtpClient.connect(gateway.address);
    while (!isStopped) {
      count++;
      expect((await client.send(count % 4 === 0 ? infected : clean)).code).toBe(250);
    }
  });
  return {
    sent: () => count,
    async stop() {
      isStopped = true;
      await Promise.all(loops);
    },
  };
}

async function jsonLines(settings: Record<string, string>, ...argv: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await lab.commandWith(settings, ...argv, '--format', 'json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const files = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());

describe('a backup under load', () => {
  test.each(['one.tar.gz', 'two.tar', 'a-folder'])(
    '%s is whole, and what is restored from it is the same',
    async (name) => {
      const mails = load(4);
      await eventually('mail that flows', () => mails.sent() > 50);
      const { code, stdout, stderr } = await lab.command('backup', path(name), '--components');
      const sentAtEnd = mails.sent();
      await eventually('mail that flows on', () => mails.sent() > sentAtEnd + 10);
      await mails.stop();
      expect({ code, stderr: stderr.replace(/^.*: done$/gm, '').trim() }).toEqual({ code: 0, stderr: '' });
      const head = Number(/events up to (\d+)/.exec(stdout)?.[1]);
      expect(head).toBeGreaterThan(0);
      expect(statSync(path(name)).mode & 0o077).toBe(0);
      expect(readdirSync(lab.folder).filter((each) => each.includes('.partial-'))).toEqual([]);

      const restored = elsewhere(`restored-${name}`);
      const restoring = await lab.commandWith(restored, 'restore', path(name));
      expect(restoring).toMatchObject({ code: 0, stdout: expect.stringContaining(`events up to ${head}\n`) });
      const events = await jsonLines(restored, 'events');
      const original = await jsonLines({}, 'events');
      expect(events.at(-1)?.sequence).toBe(head);
      expect(events).toEqual(original.slice(0, head));
      for (const file of files(path(`restored-${name}`, 'quarantine')))
        expect(readFileSync(path(`restored-${name}`, 'quarantine', file))).toEqual(
          readFileSync(path('state/quarantine', file)),
        );
      // What the log says is kept is kept.
      const kept = events.flatMap(({ data }) => /quarantined as ([0-9A-F-]{36})/.exec(JSON.stringify(data))?.[1] ?? []);
      expect(kept.length).toBeGreaterThan(0);
      const list = await lab.commandWith(restored, 'quarantine', 'list', '--limit', '100000', '--format', 'json');
      const ids = (JSON.parse(list.stdout) as { id: string }[]).map(({ id }) => id);
      expect(ids).toEqual(expect.arrayContaining(kept));
      expect(readFileSync(path(`restored-${name}`, `imss.ini.of-${new Date().toISOString().slice(0, 10)}`))).toEqual(
        readFileSync(path('imss.ini')),
      );
    },
    120_000,
  );

  test('views are built again, the same, and a gateway runs on it', async () => {
    const restored = elsewhere('restored-one.tar.gz');
    const known = new Set((await jsonLines(restored, 'events')).map(({ id }) => id));
    for (const type of ['system', 'audit']) {
      const logOf = (settings: Record<string, string>) =>
        jsonLines(settings, 'logs', 'query', '--type', type, '--limit', '100000');
      const before = (await logOf({})).filter(({ id }) => known.has(id));
      expect(before.length).toBeGreaterThan(0);
      expect(await logOf(restored)).toEqual(before);
    }
    const second = await lab.gateway({ ...given(), ...restored, 'state.gateway_name': 'second' });
    await using client = await SmtpClient.connect(second.address);
    expect((await client.send(infected)).code).toBe(250);
    const acts = await jsonLines(restored, 'events', '--type', 'admin.restore');
    expect(acts.map(({ data }) => (data as { phase: string }).phase)).toEqual(['begun', 'done']);
    // Neither backup nor restore may touch what a gateway works on.
    const { code, stderr } = await lab.commandWith(restored, 'restore', '--force', path('one.tar.gz'));
    expect(stderr).toMatch(/another process writes the journal/);
    expect(code).toBe(75);
    expect((await second.stop()).code).toBe(0);
  }, 60_000);
});

describe('what is refused, with nothing changed', () => {
  const fresh = (name: string) => ({ folder: path(name), settings: elsewhere(name) });

  async function refused(backup: string, reason: RegExp, exitCode: number): Promise<void> {
    const { folder, settings } = fresh('untouched');
    const { code, stderr } = await lab.commandWith(settings, 'restore', backup);
    expect(stderr).toMatch(reason);
    expect(code).toBe(exitCode);
    expect(existsSync(folder)).toBe(false);
  }

  test('a file that is not there, and one that is no backup', async () => {
    await refused(path('nowhere.tar.gz'), /no such file/, 66);
    writeFileSync(path('text.tar.gz'), 'hello');
    await refused(path('text.tar.gz'), /no archive|no manifest/, 65);
  });

  test('one byte differs', async () => {
    const bytes = gunzipSync(readFileSync(path('one.tar.gz')));
    const place = bytes.indexOf('"specversion"') + 20;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    writeFileSync(path('byte.tar.gz'), gzipSync(bytes));
    await refused(path('byte.tar.gz'), /journal\/journal\.db is not what was backed up: the backup is damaged/, 65);
  });

  test('it is cut off, compressed or not', async () => {
    for (const name of ['one.tar.gz', 'two.tar']) {
      const bytes = readFileSync(path(name));
      writeFileSync(path(`cut-${name}`), bytes.subarray(0, Math.floor(bytes.length / 2)));
      await refused(path(`cut-${name}`), /damaged|missing/, 65);
    }
  });

  test('a file is missing, one too many is there, a newer version made it, a path leads out', async () => {
    const change = async (
      name: string,
      how: (folder: string, manifest: { files: { path: string }[] }) => object | undefined,
      reason: RegExp,
    ) => {
      cpSync(path('a-folder'), path(name), { recursive: true });
      const file = path(name, 'manifest.json');
      const manifest = JSON.parse(readFileSync(file, 'utf8'));
      writeFileSync(file, JSON.stringify(how(path(name), manifest) ?? manifest));
      await refused(path(name), reason, 65);
    };
    await change(
      'missing',
      (_folder, manifest) => ({
        ...manifest,
        files: [...manifest.files, { path: 'quarantine/x', bytes: 0, sha256: '0'.repeat(64) }],
      }),
      /quarantine\/x is missing/,
    );
    await change(
      'more',
      (folder) => {
        writeFileSync(join(folder, 'x'), '');
        return undefined;
      },
      /"x", which its manifest does not list/,
    );
    await change(
      'newer',
      (_folder, manifest) => ({ ...manifest, version: '99.0.0' }),
      /made by Sekisho 99\.0\.0, which is newer/,
    );
    await change(
      'out',
      (_folder, manifest) => ({ ...manifest, files: [{ path: '../imss.ini', bytes: 0, sha256: '0'.repeat(64) }] }),
      /does not list|outside/,
    );
  });

  test('something is there already; with --force it goes aside', async () => {
    const { folder, settings } = fresh('in-use');
    mkdirSync(join(folder, 'quarantine'), { recursive: true });
    writeFileSync(join(folder, 'quarantine/mine'), 'mine');
    const first = await lab.commandWith(settings, 'restore', path('a-folder'));
    expect(first).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/in-use\/quarantine is not empty.*--force/),
    });
    expect(files(folder)).toEqual(['quarantine/mine']);
    const { code, stdout } = await lab.commandWith(settings, 'restore', '--force', path('a-folder'));
    expect(code).toBe(0);
    const [, aside = ''] = /what was there is in (.*)/.exec(stdout) ?? [];
    expect(readFileSync(join(aside, 'mine'), 'utf8')).toBe('mine');
    expect(files(join(folder, 'journal'))).toContain('journal.db');
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('a target that exists, and a state folder without a journal, make no backup', async () => {
    expect(await lab.command('backup', path('two.tar'))).toMatchObject({
      code: 74,
      stderr: expect.stringMatching(/two\.tar exists/),
    });
    const nothing = await lab.commandWith(elsewhere('nothing'), 'backup', path('nothing.tar'));
    expect(nothing).toMatchObject({ code: 66, stderr: expect.stringMatching(/no journal/) });
    expect(existsSync(path('nothing.tar'))).toBe(false);
  });
});
