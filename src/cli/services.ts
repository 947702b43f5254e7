import { type Command, InvalidArgumentError, Option } from 'commander';
import { printable } from '../events/printable.ts';
import { type ServiceTrial, tryServices } from '../wiring/services.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { table } from './text-table.ts';

interface Options {
  hash?: string;
  format: 'table' | 'json';
}

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Asks every reputation service of [smart_scan] services once, now, and says what it answered: for the record that it is known to ' +
        'have, or for a hash. It is one request of its quota. Exit code 69 when one does not work, 78 when none is set.',
    )
    .option('--hash <sha256>', 'what they say of this SHA-256, as a gateway would understand it', sha256Option)
    .addOption(
      new Option('--format <format>', 'table, or a JSON object a line').choices(['table', 'json']).default('table'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho services\n  $ sekisho services --hash $(sha256sum < suspicious.bin | cut -d" " -f1)',
    )
    .action(async ({ hash, format }: Options) => {
      const settings = await context.settings();
      if (settings.services.length === 0)
        throw new CommandFailure(
          exitCodes.config,
          'no reputation service is set: see [service.NAME] and [smart_scan] services',
        );
      const trials = await tryServices(settings, hash).catch((error: Error) => {
        throw new CommandFailure(exitCodes.config, error.message);
      });
      process.stdout.write(
        format === 'json' ? trials.map((each) => `${JSON.stringify(each)}\n`).join('') : tableOf(trials),
      );
      const failed = trials.filter(({ works }) => !works).map(({ name }) => name);
      if (failed.length > 0)
        throw new CommandFailure(exitCodes.unavailable, `no answer of use from ${failed.join(', ')}`);
    });
}

function tableOf(trials: readonly ServiceTrial[]): string {
  const rows = trials.map(({ name, kind, role, outcome, ms }) => [name, kind, role, `${ms} ms`, printable(outcome)]);
  return table(['name', 'kind', 'role', 'took', 'outcome'], rows);
}

function sha256Option(text: string): string {
  const hash = text.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new InvalidArgumentError('must be 64 hexadecimal digits.');
  return hash;
}
