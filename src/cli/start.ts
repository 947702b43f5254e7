import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Settings } from '../adapters/settings/settings.ts';
import { type HostPort, hostPortText } from '../adapters/settings/values/host.ts';
import { createTerminalLog, type TerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import { startGateway } from '../wiring/gateway.ts';
import type { CommandContext } from './commands.ts';
import { untilStopped } from './gateway.ts';
import { person } from './person.ts';
import { untilListening } from './until-listening.ts';

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Starts a Smart Protection Server and the gateway on loopback. Mail goes into a Maildir under [state] folder, ' +
        'unless [next_hop] url is set. It needs no settings, and says what to try next. SIGTERM or Ctrl-C ends both.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho start\n  $ SEKISHO_SMTP_LISTEN=127.0.0.1:2525 SEKISHO_STATE_FOLDER=/tmp/sekisho sekisho start',
    )
    .action(async () => {
      const settings = await trialSettings(context);
      const log = createTerminalLog(settings.log);
      const sps = spawnSps(log);
      try {
        await untilListening(spsAddress(settings), sps);
        const readSettings = () => trialSettings(context);
        const gateway = await startGateway(settings, log, { readSettings, startedBy: { kind: 'user', ...person() } });
        for (const line of whatToTry(settings, gateway.addresses, sps.pid)) log.log('INFO', line);
        await untilStopped({ gateway, settings, readSettings, log });
      } finally {
        sps.kill('SIGTERM');
      }
    });
}

/** What is not set anywhere gets a value that works on this machine alone. */
export async function trialSettings(context: CommandContext): Promise<Settings> {
  const given = await context.settings();
  const isDefault = (origin: { from: string }) => origin.from === 'default';
  return context.settings({
    ...(isDefault(given.origin('next_hop', 'url'))
      ? { SEKISHO_NEXT_HOP_URL: `maildir:${join(given.state.folder, 'maildir')}` }
      : {}),
    ...(isDefault(given.origin('smart_scan', 'servers'))
      ? { SEKISHO_SMART_SCAN_SERVERS: `https://${hostPortText(spsAddress(given))}` }
      : {}),
  });
}

function spsAddress({ sps }: Settings): HostPort {
  const [first] = sps.listen;
  if (!first) throw new Error('[sps] listen names no address');
  return first;
}

/** The server is a process of its own, so that one can stop it and see what the gateway does. */
function spawnSps(log: TerminalLog) {
  const script = process.argv[1] as string;
  const options = process.argv.slice(2).filter((argument) => argument !== 'start');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...options, 'sps'], {
    stdio: 'inherit',
  });
  child.on('exit', (code, signal) => log.log('WARN', `the Smart Protection Server has ended (${signal ?? code})`));
  return child;
}

function whatToTry(settings: Settings, addresses: readonly string[], pid: number | undefined): string[] {
  const [address = ''] = addresses;
  return [
    'Sekisho is ready.',
    `  SMTP listens on      ${addresses.join(', ')}`,
    `  mail goes to         ${settings.next_hop.url}`,
    `  reputation server    https://${hostPortText(spsAddress(settings))} (process ${pid})`,
    '  to try next:',
    `    send a mail         swaks --server ${address} --from a@example.org --to b@example.net`,
    '    see what happened   npx sekisho events',
    `    an outage           kill ${pid}; send mails; npx sekisho events --follow; npx sekisho sps`,
    '    all of it           npm run demo',
  ];
}
