import { type Command, InvalidArgumentError, Option } from 'commander';
import { readTokens, tokenNameForm } from '../console/access/tokens.ts';
import { addToken, removeToken } from '../console/access/tokens-file.ts';
import { type Role, roles } from '../console/protocol/roles.ts';
import { audited } from './audited.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { table } from './text-table.ts';

const dayMs = 86_400_000;

export function configure(command: Command, context: CommandContext): void {
  command.description(
    'The admin API at [console] listen: what a central manager asks and orders of a gateway (docs/openapi/console.json).',
  );
  const token = command.command('token').description('Tokens for machines: Authorization: Bearer TOKEN.');
  token
    .command('add')
    .description(
      'Makes a token and writes it to standard output; [console] tokens_file has only its SHA-256. It counts at once. ' +
        'administrator may do everything, operator update and roll back components, read-only look.',
    )
    .argument('<name>', 'as the audit log will name who did it', nameArgument)
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .option('--days <number>', 'how long it counts, 1 to 3650', daysOption, 365)
    .addHelpText(
      'after',
      '\nExamples:\n  $ umask 077; sekisho console token add central --role operator > central.token',
    )
    .action((name: string, options: { role: Role; days: number }) => add(context, name, options));
  token
    .command('list')
    .description('Names, roles and ends of the tokens; never the tokens, which nobody knows.')
    .option('--json', 'one JSON object a line and token')
    .action((options: { json?: true }) => list(context, options));
  token
    .command('remove')
    .description('Takes a token back; it is refused with the next request.')
    .argument('<name>', 'of the token', nameArgument)
    .action((name: string) => remove(context, name));
}

async function add(context: CommandContext, name: string, { role, days }: { role: Role; days: number }): Promise<void> {
  const settings = await context.settings();
  const file = settings.console.tokens_file;
  if (readTokens(file).some((each) => each.name === name))
    throw new CommandFailure(exitCodes.usage, `there is a token ${name}: remove it first, or take another name`);
  const expiresMs = Date.now() + days * dayMs;
  const token = await audited(
    settings,
    {
      ...{ what: 'console-token', target: name, makesLog: true },
      ...{ before: 'none', after: `${role} until ${new Date(expiresMs).toISOString()}` },
    },
    () => addToken({ file, stateFolder: settings.state.folder }, { name, role, expiresMs }),
  );
  process.stdout.write(`${token}\n`);
  process.stderr.write(`${name} (${role}) is in ${file}; the token is shown this once\n`);
}

async function list(context: CommandContext, { json }: { json?: true }): Promise<void> {
  const { console } = await context.settings();
  const shown = readTokens(console.tokens_file).map(({ name, role, expiresMs }) => ({
    ...{ name, role, expires: new Date(expiresMs).toISOString(), expired: expiresMs <= Date.now() },
  }));
  if (json) for (const each of shown) process.stdout.write(`${JSON.stringify(each)}\n`);
  else if (shown.length === 0) process.stdout.write('There is no token.\n');
  else
    process.stdout.write(
      table(
        ['NAME', 'ROLE', 'EXPIRES'],
        shown.map(({ name, role, expires, expired }) => [name, role, expired ? `${expires} (expired)` : expires]),
      ),
    );
}

async function remove(context: CommandContext, name: string): Promise<void> {
  const settings = await context.settings();
  const file = settings.console.tokens_file;
  const found = readTokens(file).find((each) => each.name === name);
  if (found === undefined) throw new CommandFailure(exitCodes.usage, `there is no token ${name} in ${file}`);
  await audited(
    settings,
    { ...{ what: 'console-token', target: name, makesLog: true }, before: found.role, after: 'none' },
    () => removeToken({ file, stateFolder: settings.state.folder }, name),
  );
  process.stdout.write(`${name} is refused from now on\n`);
}

function nameArgument(text: string): string {
  if (tokenNameForm.test(text)) return text;
  throw new InvalidArgumentError('must be 1 to 64 letters, digits, dots, dashes and underscores.');
}

function daysOption(text: string): number {
  const days = Number(text);
  if (/^\d{1,4}$/.test(text) && days >= 1 && days <= 3650) return days;
  throw new InvalidArgumentError('must be a number of days from 1 to 3650.');
}
