import type { Command } from 'commander';
import { type GivenText, originText, shownText } from '../adapters/settings/origin.ts';
import { checkTemplates } from '../wiring/notifications.ts';
import { checkServices } from '../wiring/services.ts';
import type { CommandContext } from './commands.ts';

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Reads imss.ini and the environment as the gateway would, and says either that all is well, with every setting ' +
        'that was given and where, or everything that is wrong (exit code 78).',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho check-config\n  $ sekisho check-config --config /etc/sekisho/imss.ini',
    )
    .action(async () => {
      const settings = await context.settings();
      checkTemplates(settings);
      checkServices(settings);
      process.stdout.write(`OK: ${settings.file ?? 'no settings file; defaults and environment'}\n`);
      for (const warning of settings.warnings) process.stderr.write(`warning: ${shownText(warning)}\n`);
      for (const given of settings.given()) process.stdout.write(`${givenLine(given)}\n`);
    });
}

function givenLine({ section, key, text, origin }: GivenText): string {
  return `[${section}] ${key} = ${shownText(text)} (${originText(origin)})`;
}
