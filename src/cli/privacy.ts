import { type Command, InvalidArgumentError } from 'commander';
import { openQuarantine } from '../adapters/quarantine/open-quarantine.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { printable } from '../events/printable.ts';
import { eraseInJournal } from '../wiring/erase-in-journal.ts';
import { eraseInViews } from '../wiring/erase-views.ts';
import { isAddress } from '../wiring/privacy.ts';
import { audited } from './audited.ts';
import type { CommandContext } from './commands.ts';

export function configure(command: Command, context: CommandContext): void {
  command.description(
    'Personal data in the logs. [logs] personal_days_max says how long they are kept; one person can be erased at any time.',
  );
  command
    .command('erase')
    .description(
      'Takes an address out of journal and views, wherever it stands; `erased` stands there instead. It cannot be undone. The audit ' +
        'log has who did it, not the address. Works while the gateway runs, and while it does not; of other gateways each has ' +
        'a log of its own. Messages in quarantine are named and stay, and so does what is in Kafka, in backups and elsewhere.',
    )
    .argument('<address>', 'as it stands in envelopes; case does not matter', addressArgument)
    .addHelpText('after', '\nExamples:\n  $ sekisho privacy erase somebody@example.org')
    .action(async (address: string) => {
      const settings = await context.settings();
      await audited(settings, { what: 'privacy-erase' }, () => erase(settings, address));
    });
}

async function erase(settings: Settings, address: string): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const warn = (line: string) => process.stderr.write(`${line}\n`);
  say(`journal: erased from ${await eraseInJournal(settings, address)} events`);
  for (const { name, rows } of await eraseInViews(settings, address, warn)) say(`view ${name}: ${rows} rows`);
  const ids = await inQuarantine(settings, address);
  if (ids.length > 0)
    say(
      `quarantine: ${ids.length} messages from or to it stay; sekisho quarantine delete ${ids.map(printable).join(' ')}`,
    );
  if (settings.kafka.brokers.length > 0)
    say(
      `Kafka: topics keep what they have, scans for ${settings.kafka.retention_days_scans} days; ` +
        'views that are rebuilt from there have it again until then',
    );
}

async function inQuarantine({ quarantine }: Settings, address: string): Promise<string[]> {
  const wanted = address.toLowerCase();
  const { entries } = await openQuarantine(quarantine.folder).list({
    fits: ({ mailFrom, recipients }) => [mailFrom, ...recipients].some(({ path }) => path.toLowerCase() === wanted),
  });
  return entries.map(({ id }) => id);
}

function addressArgument(text: string): string {
  if (!isAddress(text)) throw new InvalidArgumentError('must be a mail address, as name@domain.');
  return text;
}
