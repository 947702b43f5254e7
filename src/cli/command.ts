import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import {
  type ComponentName,
  commandIdForm,
  componentNames,
  gatewayNameForm,
  gatewaySource,
  type Order,
  validSeconds,
} from '../events/command.ts';
import { kafkaAccess } from '../wiring/kafka.ts';
import { outcomeLine, waitForOutcomes } from './command-wait.ts';
import type { CommandContext } from './commands.ts';
import { giveOrder } from './given-order.ts';
import { wholeNumberOption } from './time-option.ts';

interface Options {
  gateway?: string[];
  id?: string;
  valid: number;
  wait?: number;
  local?: true;
  format: 'lines' | 'json';
}

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Gives a command to all gateways: through Kafka when [kafka] brokers is set, else to the gateway of this state folder. ' +
        'A gateway begins an id once, whatever happens, and says in events what came of it. ' +
        'With --wait, exit code 69 when a gateway did not do it, 75 when one said nothing in time.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho command restart\n  $ sekisho command deploy agent --gateway mx1 --gateway mx2 --wait 60\n' +
        '  $ sekisho command deploy filter --id change-4711 --format json',
    );
  withOptions(command.command('restart'))
    .description('The settings are read again and the scan service is restarted, as by SIGHUP.')
    .action((options: Options) => give(context, { kind: 'restart' }, options));
  withOptions(command.command('deploy'))
    .description('The newest version of a component is fetched and taken into use now.')
    .addArgument(new Argument('<component>', 'which one').choices(componentNames))
    .argument('[version]', 'the version that must be in use afterwards: else the command has failed', versionArgument)
    .action((component: ComponentName, version: string | undefined, options: Options) =>
      give(context, { kind: 'deploy-component', component, version: version ?? null }, options),
    );
  withOptions(command.command('forget-answers'))
    .description('Kept answers of reputation services are forgotten, in memory and on disk: all is asked again.')
    .action((options: Options) => give(context, { kind: 'forget-answers' }, options));
}

function withOptions(command: Command): Command {
  return command
    .option('--gateway <name>', 'only for this gateway ([state] gateway_name); may be repeated', gatewayNames)
    .option('--id <id>', 'id of the command: given twice, it is done once (default: a new one)', idOption)
    .option('--valid <seconds>', 'a gateway that hears of it later refuses it', validOption, validSeconds.usual)
    .option('--wait <seconds>', 'show what comes of it for so long, or until each --gateway is done', wholeNumberOption)
    .option('--local', 'to the gateway of this state folder, even when Kafka is set')
    .addOption(
      new Option('--format <format>', 'lines, or the events as JSON, one a line')
        .choices(['lines', 'json'])
        .default('lines'),
    );
}

async function give(context: CommandContext, order: Order, options: Options): Promise<void> {
  const settings = await context.settings();
  const access = options.local ? undefined : kafkaAccess(settings);
  const gateways = (options.gateway ?? []).map(gatewaySource);
  const event = await giveOrder({
    ...{ settings, access, order, gateways, id: options.id, validSeconds: options.valid },
  });
  const isJson = options.format === 'json';
  process.stdout.write(isJson ? `${JSON.stringify(event)}\n` : `command ${event.id} is given\n`);
  if (options.wait === undefined) return;
  await waitForOutcomes({
    ...{ settings, access, command: event.id, waitMs: options.wait * 1000 },
    gateways: access === undefined ? [gatewaySource(settings.state.gateway_name)] : gateways,
    show: (outcome) => process.stdout.write(`${isJson ? JSON.stringify(outcome) : outcomeLine(outcome)}\n`),
  });
}

/** Of an option that may be repeated. */
export function gatewayNames(name: string, before: readonly string[] = []): string[] {
  if (!gatewayNameForm.test(name)) throw new InvalidArgumentError('must be the name of a gateway.');
  return [...before, name];
}

function idOption(text: string): string {
  if (!commandIdForm.test(text))
    throw new InvalidArgumentError('must be up to 100 letters, digits, dots, dashes and underscores.');
  return text;
}

/** A version of a component, as one word. */
export function versionArgument(text: string): string {
  if (!/^[\x21-\x7e]{1,128}$/.test(text)) throw new InvalidArgumentError('must be one word of up to 128 characters.');
  return text;
}

function validOption(text: string): number {
  const seconds = wholeNumberOption(text);
  if (seconds < 1 || seconds > validSeconds.max)
    throw new InvalidArgumentError(`must be a number of seconds from 1 to ${validSeconds.max}.`);
  return seconds;
}
