import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../adapters/settings/load-settings.ts';
import { createTerminalLog } from '../../adapters/terminal-log/terminal-log.ts';
import { startGateway } from '../../wiring/gateway.ts';
import { type Mailbox, openMailbox } from './mailbox.ts';
import { servedMalwareSignatures } from './mails.ts';
import { createSender, type Sender } from './sender.ts';
import { freePort, importSignatures, type SpsProcess, type Surroundings, startSpsProcess } from './sps-process.ts';
import { type Watch, watchJournal } from './watch.ts';

/** How long the demo's server is cached as invalid, and how often it is probed: 300 s in earnest. */
export const cacheSeconds = 4;

/** Everything that the demo runs: in a folder of its own, with ports and settings of its own. */
export interface World {
  folder: string;
  /** `host:port` where the gateway takes mail. */
  smtp: string;
  sender: Sender;
  watch: Watch;
  mailbox: Mailbox;
  /** Lines that the gateway wrote on its terminal log since the last call. */
  logLines(): string[];
  sps: {
    /** `host:port`. */
    address: string;
    pid(): number | undefined;
    stop(): Promise<void>;
    start(): Promise<void>;
  };
}

/**
 * Builds the world, hands it to `use`, and takes it down again, whatever happens: no process, port or file is left.
 * @param signal waiting in the world ends with its reason
 */
export async function withWorld(signal: AbortSignal, use: (world: World) => Promise<void>): Promise<void> {
  await using ends = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-demo-'));
  ends.defer(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const surroundings = surroundingsOf(folder, port);

  const signatures = join(folder, 'demo.hsb');
  await writeFile(signatures, servedMalwareSignatures());
  await importSignatures(signatures, surroundings);
  signal.throwIfAborted();
  let sps: SpsProcess = await startSpsProcess(port, surroundings);
  ends.defer(() => sps.stop());
  // For an end that waits for nothing: a crash, or a pipe that was closed.
  const leaveNothing = () => {
    sps.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', leaveNothing);
  ends.defer(() => void process.off('exit', leaveNothing));
  signal.throwIfAborted();

  const lines: string[] = [];
  const log = createTerminalLog({ level: 'warn', format: 'json', stream: { write: (line) => lines.push(line) } });
  const settings = await loadSettings(surroundings);
  const gateway = await startGateway(settings, log);
  ends.defer(() => gateway.stop());
  const watch = await watchJournal(join(settings.state.folder, 'journal'), signal);
  ends.defer(() => watch.close());
  await watch.until('service.running', 0, ({ event }) => event.type === 'sekisho.service.running.v1');
  const [smtp = ''] = gateway.addresses;
  const sender = createSender(smtp);
  ends.defer(() => sender.close());

  await use({
    folder,
    smtp,
    sender,
    watch,
    mailbox: openMailbox(join(folder, 'maildir')),
    logLines: () => lines.splice(0).map((line) => String((JSON.parse(line) as { msg?: unknown }).msg)),
    sps: {
      address: `127.0.0.1:${port}`,
      pid: () => sps.pid,
      stop: () => sps.stop(),
      async start() {
        sps = await startSpsProcess(port, surroundings);
      },
    },
  });
}

/** Settings by environment alone: whatever imss.ini and variables the user has are none of the demo's business. */
function surroundingsOf(folder: string, port: number): Surroundings {
  return {
    cwd: folder,
    environment: {
      SEKISHO_SMTP_LISTEN: '127.0.0.1:0',
      SEKISHO_SMTP_HOSTNAME: 'gateway.example.net',
      SEKISHO_NEXT_HOP_URL: `maildir:${join(folder, 'maildir')}`,
      SEKISHO_STATE_FOLDER: join(folder, 'state'),
      SEKISHO_SMART_SCAN_SERVERS: `https://127.0.0.1:${port}`,
      SEKISHO_SMART_PROTECTION_CACHE_SECONDS: String(cacheSeconds),
      SEKISHO_SPS_LISTEN: `127.0.0.1:${port}`,
    },
  };
}
