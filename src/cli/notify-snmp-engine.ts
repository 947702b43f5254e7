import { type Command, Option } from 'commander';
import { joinEngine } from '../adapters/snmp/engine.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

/** `sekisho notify snmp-engine`: what receivers of SNMPv3 traps must know of us. */
export function configureSnmpEngine(command: Command, context: CommandContext): void {
  command
    .description(
      'The SNMP engine that SNMPv3 traps come from: its id, which receivers need (createUser -e of snmptrapd), boots and time. ' +
        'It is made once, and kept in the state folder.',
    )
    .addOption(new Option('--format <format>', 'text, or JSON').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExamples:\n  $ sekisho notify snmp-engine\n  $ sekisho notify snmp-engine --format json')
    .action(async ({ format }: { format: 'text' | 'json' }) => {
      const { state } = await context.settings();
      const engine = await joinEngine(state.folder).catch((error: Error) => {
        throw new CommandFailure(exitCodes.dataError, error.message);
      });
      const { id, boots } = engine;
      const seconds = engine.timeSeconds();
      process.stdout.write(
        format === 'json'
          ? `${JSON.stringify({ id, boots, seconds })}\n`
          : `engine id 0x${id}\nboots     ${boots}\ntime      ${seconds} s\n`,
      );
    });
}
