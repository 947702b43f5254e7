import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Lab, type LabGateway } from '../support/processes.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

interface Status {
  name: string;
  version: number;
  viewVersion: number | null;
  lag: { reader: string; stream: string; position: number; head: number; lag: number }[];
  parked: number;
}

describe('sekisho projections', () => {
  let lab: Lab;
  let sink: SmtpSink;
  let gateway: LabGateway;
  const start = async () => {
    gateway = await lab.gateway({ 'next_hop.url': sink.url, 'smart_scan.servers': 'https://127.0.0.1:9' });
  };
  beforeAll(async () => {
    lab = new Lab();
    sink = await startSmtpSink();
    await start();
  });
  afterAll(async () => {
    await lab.close();
    await sink.close();
  });

  async function json<Item>(...argv: string[]): Promise<Item[]> {
    const { code, stdout, stderr } = await lab.command('projections', ...argv, '--format', 'json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Item);
  }
  const caughtUp = () =>
    eventually('no lag', async () => {
      const all = await json<Status>('list');
      return all.length > 0 && all.every(({ lag }) => lag.every((each) => each.position > 0 && each.lag === 0))
        ? all
        : undefined;
    });
  const viewOf = (name: string) => join(lab.folder, 'state/projections', `${name}.db`);

  test('list: the gateway keeps all views up to date', async () => {
    const all = await caughtUp();
    for (const { version, viewVersion, parked } of all)
      expect({ viewVersion, parked }).toEqual({ viewVersion: version, parked: 0 });
    const { stdout } = await lab.command('projections', 'list');
    expect(stdout).toMatch(/^name +version +position +lag +parked +about\nsystem-events +\d/);
  });

  test('lag: the projections, and the readers that the journal waits for', async () => {
    const readers = () => json<Status['lag'][number]>('lag');
    const all = await eventually('their confirmation', async () => {
      const found = await readers();
      return found.some(({ reader }) => reader === 'projection/system-events') ? found : undefined;
    });
    expect(all).toEqual(
      expect.arrayContaining([expect.objectContaining({ reader: 'system-events', stream: 'journal' })]),
    );
  });

  test('rebuild: with progress, while the gateway goes on', async () => {
    await caughtUp();
    const { code, stderr } = await lab.command('projections', 'rebuild', '--all');
    expect(stderr).toMatch(/^system-events: rebuilt in \d+\.\d s$/m);
    expect(code).toBe(0);
    await caughtUp();
    const log = (await lab.command('events', '--format', 'json')).stdout;
    expect(log).not.toMatch(/projection\.(failing|parked|lost)/);
  });

  test('a view that was deleted is built again', async () => {
    await gateway.stop();
    for (const end of ['', '-wal', '-shm']) rmSync(`${viewOf('system-events')}${end}`, { force: true });
    expect(await json<Status>('list')).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'system-events', viewVersion: null })]),
    );
    expect(existsSync(viewOf('system-events'))).toBe(false);
    await start();
    await caughtUp();
  });

  test('kill -9 of the gateway: the views go on where they were', async () => {
    await gateway.kill();
    await start();
    await caughtUp();
    const log = (await lab.command('events', '--format', 'json')).stdout;
    expect(log).not.toMatch(/projection\.(failing|parked|lost)/);
  });

  test('poison in the journal: parked, told, and the rest goes on', async () => {
    await gateway.stop();
    const db = new DatabaseSync(join(lab.folder, 'state/journal/journal.db'));
    const { head } = db.prepare('SELECT max(first + count - 1) AS head FROM batches').get() as { head: number };
    db.prepare('INSERT INTO batches VALUES (?, 1, ?, ?)').run(head + 1, Date.now(), '{"specversion":"1.0","id":"x"}');
    db.close();
    await start();
    const all = await caughtUp();
    expect(all.map(({ parked }) => parked)).toEqual(all.map(() => 1));
    const [parked] = await json<{ offset: number; reason: string }>('parked', 'system-events');
    expect(parked).toMatchObject({ offset: head + 1, reason: expect.stringMatching(/no envelope/) });
    await gateway.untilOutput(/projection[ .]parked/);
    const retry = await lab.command('projections', 'parked', 'system-events', '--retry');
    expect(retry.stderr).toMatch(/^0 events were folded/);
    expect(retry.stdout).toMatch(new RegExp(`journal +${head + 1} `));
  });

  test('a name that there is not is a usage error that says which there are', async () => {
    const { code, stderr } = await lab.command('projections', 'rebuild', 'sytem-events');
    expect(code).toBe(64);
    expect(stderr).toMatch(/there is no projection sytem-events: system-events/);
    expect((await lab.command('projections', 'rebuild')).code).toBe(64);
  });
});
