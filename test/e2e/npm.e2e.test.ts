import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() && true));
    socket.on('error', () => resolve(false));
  });
}

// Both put npm and a shell between whoever sends the signal and the program.
test.each([
  ['npx', ['sekisho', 'gateway']],
  ['npx', ['sekisho', 'start']],
  ['npm', ['start']],
])('SIGTERM to %s %s ends everything that it started', async (program, argv) => {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-npm-'));
  const [smtp, sps] = [await freePort(), await freePort()];
  const child = spawn(program, argv, {
    cwd: root,
    detached: true,
    stdio: 'ignore',
    env: {
      ...process.env,
      SEKISHO_STATE_FOLDER: folder,
      SEKISHO_SMTP_LISTEN: `127.0.0.1:${smtp}`,
      SEKISHO_SPS_LISTEN: `127.0.0.1:${sps}`,
      SEKISHO_SMART_SCAN_SERVERS: `https://127.0.0.1:${sps}`,
    },
  });
  try {
    await eventually('the SMTP port open', () => listens(smtp));
    child.kill('SIGTERM');
    for (const port of [smtp, sps]) await eventually(`port ${port} closed`, async () => !(await listens(port)));
  } finally {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // All of the group has ended, as it should.
    }
    rmSync(folder, { recursive: true, force: true });
  }
});
