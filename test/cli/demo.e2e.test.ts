import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../../bin/sekisho', import.meta.url));

/** Working folder and TMPDIR of the demo: what it leaves behind is seen here. */
let folder: string;
let demo: ChildProcess;
let output: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-demo-test-'));
  output = '';
});
afterEach(() => {
  demo.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function start(environment: Record<string, string> = {}): Promise<{ code: number | null; signal: string | null }> {
  demo = spawn(bin, ['demo'], { cwd: folder, env: { PATH: process.env.PATH, TMPDIR: folder, ...environment } });
  for (const stream of [demo.stdout, demo.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => demo.on('close', (code, signal) => resolve({ code, signal })));
}

/** The process of the demo's Smart Protection Server, once the demo has said it. */
async function spsPid(): Promise<number> {
  return untilNumber(() => Number(/process (\d+)/.exec(output)?.[1] ?? Number.NaN));
}

function untilNumber(read: () => number): Promise<number> {
  return new Promise((resolve) => {
    const look = () => {
      const value = read();
      if (!Number.isNaN(value)) resolve(value);
      else setTimeout(look, 10);
    };
    look();
  });
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Texts that must come, in this order. */
const milestones = [
  'A clean mail',
  '250 2.0.0 Ok',
  'verdict=clean method=smart action=pass',
  'The EICAR test file as an attachment',
  'verdict=malware method=smart action=delete_attachment',
  'The attachment "order.com" was removed',
  'The EICAR test file in a zip',
  'verdict=malware method=smart action=delete_attachment',
  'Malware that only the server knows',
  'scan.querying',
  'verdict=malware method=smart action=delete_attachment',
  'The Smart Protection Server stops',
  '451 Email rejected for a scanning error.',
  '[NORMAL][iCRC] ICRC_QUERY_ERR_NETWORK_REFUSED',
  '[NORMAL]Abort Scanning due to SmartScan query error',
  'Error: scan module internal error for ',
  'failCount=1 ',
  'Mail that needs no query still passes',
  '250 2.0.0 Ok',
  '11 failures in a row',
  'failCount=10 ',
  'server.cached-invalid ',
  'failCount=11 ',
  'Smart Protection Serverのファイルレピュテーションサービス (127.0.0.1) が4秒間利用できません。',
  'The failover',
  'server.failed-over ',
  'method.conventional ',
  'verdict=malware method=conventional action=delete_attachment',
  '従来型スキャンへのフェイルオーバー',
  'is started again',
  'server.failed-over-probing',
  'server.healthy',
  'method.smart ',
  'Smart scan again',
  'verdict=malware method=smart action=delete_attachment',
  'All went as told: 18 mails delivered',
];

describe('sekisho demo', () => {
  test('tells the outage from beginning to end and leaves nothing behind', async () => {
    writeFileSync(join(folder, 'imss.ini'), 'not a setting: the demo must not read this\n');
    const { code } = await start();
    let rest = output;
    for (const milestone of milestones) {
      const at = rest.indexOf(milestone);
      expect(at, `"${milestone}" in\n${rest}`).toBeGreaterThanOrEqual(0);
      rest = rest.slice(at + milestone.length);
    }
    expect(output.match(/451 Email rejected for a scanning error\.$/gm)).toHaveLength(11);
    expect(code).toBe(0);
    expect(readdirSync(folder)).toEqual(['imss.ini']);
    expect(isAlive(await spsPid())).toBe(false);
  }, 60_000);

  test('Ctrl-C ends server and gateway, and removes the folder; it was in colour', async () => {
    const ended = start({ FORCE_COLOR: '1' });
    const pid = await spsPid();
    demo.kill('SIGINT');
    expect(await ended).toEqual({ code: null, signal: 'SIGINT' });
    expect(output).toContain('\u001b[1m\u001b[36m[1/11]');
    expect(readdirSync(folder)).toEqual([]);
    expect(isAlive(pid)).toBe(false);
  }, 60_000);

  test('says what was different: a server that dies too early', async () => {
    const ended = start();
    process.kill(await spsPid(), 'SIGKILL');
    expect((await ended).code).toBe(70);
    expect(output).toMatch(/sekisho: the demo went otherwise than told: expected .*but /);
    expect(readdirSync(folder)).toEqual([]);
  }, 60_000);
});
