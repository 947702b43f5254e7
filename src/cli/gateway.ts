import type { Command } from 'commander';
import { writePidFile } from '../adapters/pid-file/pid-file.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { createTerminalLog, type TerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import { type RunningGateway, startGateway } from '../wiring/gateway.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { person } from './person.ts';
import { nextSignal } from './signals.ts';

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Takes mail at [smtp] listen, scans it and hands it to [next_hop] url. SIGTERM or SIGINT ends it within 10 s with ' +
        'every message answered; SIGHUP reads the settings again and restarts the scan service.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho gateway\n  $ SEKISHO_NEXT_HOP_URL=smtp://127.0.0.1:10026 sekisho gateway --config /etc/sekisho/imss.ini',
    )
    .action(async () => {
      const settings = await context.settings();
      const log = createTerminalLog(settings.log);
      const readSettings = () => context.settings();
      const gateway = await startGateway(settings, log, { readSettings, startedBy: { kind: 'user', ...person() } });
      log.log('INFO', `SMTP listens on ${gateway.addresses.join(', ')}; mail goes to ${settings.next_hop.url}`);
      if (gateway.monitoring !== undefined)
        log.log('INFO', `metrics and health: http://${gateway.monitoring}/metrics, /healthz, /readyz`);
      if (gateway.console !== undefined) log.log('INFO', `admin API: ${gateway.console}/api`);
      await untilStopped({ gateway, settings, readSettings, log });
    });
}

export interface ServedGateway {
  gateway: RunningGateway;
  /** Those that it was started with. */
  settings: Settings;
  /** Reads them again. @throws {SettingsError} */
  readSettings: () => Promise<Settings>;
  log: TerminalLog;
}

/** Serves until a signal ends it; resolves when everything is closed. */
export async function untilStopped({ gateway, settings, readSettings, log }: ServedGateway): Promise<void> {
  let gaveUp = false;
  // Before anything is waited for: a SIGHUP that nobody listens to would end the program.
  let next = nextSignal();
  void gateway.givenUp().then(() => {
    log.log('ERROR', 'the actor system gave up: a part of it failed again and again');
    gaveUp = true;
    process.kill(process.pid, 'SIGTERM');
  });
  const removePidFile = await writePidFile(settings.state.folder, gateway.addresses).catch((error) => {
    log.log('WARN', `sekisho status, sekisho restart and S99IMSS will not find this gateway: ${textOf(error)}`);
    return async () => {};
  });
  for (;;) {
    const signal = await next;
    if (signal !== 'SIGHUP') break;
    next = nextSignal();
    try {
      await gateway.restart(await readSettings());
      log.log('INFO', 'settings read, the scan service restarts');
    } catch (error) {
      log.log('ERROR', `the running service keeps its settings: ${textOf(error)}`);
    }
  }
  log.log('INFO', 'stopping');
  await gateway.stop();
  await removePidFile().catch((error) => log.log('WARN', `the pid file stays: ${textOf(error)}`));
  await log.flush();
  // A broker that hangs may hold a connection open for some times [kafka] request_timeout_ms.
  setTimeout(() => process.exit(), 500).unref();
  if (gaveUp) throw new CommandFailure(exitCodes.software, 'the actor system gave up');
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
