import type { Command } from 'commander';
import { Option } from 'commander';
import { createTerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import { printable } from '../events/printable.ts';
import { projections } from '../projections/all.ts';
import { type Lag, lags, type ProjectionStatus, projectionStatus } from '../wiring/projection-status.ts';
import { runProjectionsProgram } from '../wiring/run-projections-program.ts';
import { audited } from './audited.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { showParked } from './projections-parked.ts';
import { rebuild } from './projections-rebuild.ts';
import { nextSignal } from './signals.ts';
import { table } from './text-table.ts';

interface Format {
  format: 'table' | 'json';
}

const format = () =>
  new Option('--format <format>', 'table, or one JSON object a line').choices(['table', 'json']).default('table');

export function configure(command: Command, context: CommandContext): void {
  command.description(
    'The views that are made of the log, and how far they are. Any of them may be built anew at any time; queries are ' +
      'answered from the old one meanwhile.',
  );
  command
    .command('list')
    .description('What there is: version, lag, events that could not be folded.')
    .addOption(format())
    .action(async (options: Format) => {
      show(await projectionStatus(await context.settings()), options, listLines);
    });
  command
    .command('lag')
    .description('How far every reader of the log is: projections, and others that the journal waits for.')
    .addOption(format())
    .action(async (options: Format) => {
      show(await lags(await context.settings()), options, lagLines);
    });
  command
    .command('rebuild [names...]')
    .description('Builds views anew from the beginning of the log, and shows how far it is on standard error.')
    .option('--all', 'all of them')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho projections rebuild system-events\n  $ sekisho projections rebuild --all',
    )
    .action(async (names: string[], { all }: { all?: true }) => {
      const chosen = all ? projections : names.map(projectionNamed);
      if (chosen.length === 0) throw new CommandFailure(exitCodes.usage, `which one? ${known()}, or --all`);
      const settings = await context.settings();
      for (const projection of chosen)
        await audited(settings, { what: 'projections-rebuild', target: projection.name }, () =>
          rebuild(settings, projection, process.stderr),
        );
    });
  command
    .command('parked <name>')
    .description('Events that a projection could not fold: where they stand in the log, and why.')
    .option('--retry', 'try them once more, after what came later; a rebuild folds them in their order')
    .addOption(format())
    .action(async (name: string, options: Format & { retry?: true }) => {
      const [settings, projection] = [await context.settings(), projectionNamed(name)];
      const show = () => showParked(settings, projection, options);
      if (options.retry) await audited(settings, { what: 'parked-retry', target: name }, show);
      else await show();
    });
  command
    .command('run')
    .description(
      'Keeps all views up to date until SIGTERM or SIGINT: the program for [projections] source = kafka. With the ' +
        'journal the gateway does it by itself.',
    )
    .action(async () => {
      const settings = await context.settings();
      const log = createTerminalLog(settings.log);
      const program = await runProjectionsProgram(settings, log);
      await Promise.race([program.ended, untilEnd()]);
      await program.stop();
      await log.flush();
    });
}

async function untilEnd(): Promise<void> {
  while ((await nextSignal()) === 'SIGHUP');
}

function projectionNamed(name: string) {
  const found = projections.find((each) => each.name === name);
  if (found === undefined)
    throw new CommandFailure(exitCodes.usage, `there is no projection ${printable(name)}: ${known()}`);
  return found;
}

const known = () => projections.map(({ name }) => name).join(', ');

function show<Item>(items: readonly Item[], { format }: Format, lines: (items: readonly Item[]) => string): void {
  process.stdout.write(format === 'json' ? items.map((item) => `${JSON.stringify(item)}\n`).join('') : lines(items));
}

function listLines(items: readonly ProjectionStatus[]): string {
  const rows = items.map(({ name, version, viewVersion, lag, parked, about }) => [
    name,
    viewVersion === version ? String(version) : `${viewVersion ?? 'none'}, wants ${version}`,
    lag.map(({ position }) => Math.max(0, position)).join(' ') || '0',
    String(lag.reduce((sum, each) => sum + each.lag, 0)),
    String(parked),
    about,
  ]);
  return table(['name', 'version', 'position', 'lag', 'parked', 'about'], rows);
}

function lagLines(items: readonly Lag[]): string {
  const rows = items.map(({ reader, stream, position, head, lag }) => [
    reader,
    stream,
    String(Math.max(0, position)),
    String(Math.max(0, head)),
    String(lag),
  ]);
  return table(['reader', 'stream', 'position', 'head', 'lag'], rows);
}
