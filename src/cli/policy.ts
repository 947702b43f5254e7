import { isIP } from 'node:net';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { printable } from '../events/printable.ts';
import { openLocalScanner } from '../wiring/local-scan.ts';
import { type Trial, type TrialMail, tryPolicy } from '../wiring/policy-trial.ts';
import type { CommandContext } from './commands.ts';
import { contentOf } from './content-argument.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { headerAddresses } from './header-addresses.ts';
import { type Language, ownLanguage } from './language.ts';
import { listedRules, rulesTable } from './policy-list.ts';
import { trialLines } from './policy-test-lines.ts';
import { shownJson } from './shown-json.ts';

interface Options {
  json?: true;
  lang: Language;
}

interface TestOptions extends Options {
  from?: string;
  to?: string[];
  client: string;
  query?: true;
}

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Rules of the policy, the sections [policy.NAME] of imss.ini: the first that matches a message is the one.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho policy list\n  $ sekisho policy test mail.eml --from a@example.net --to b@example.org --client 192.0.2.1',
    );
  withOptions(command.command('list'))
    .description('The rules in the order in which they are looked at, and what can hardly be meant.')
    .action((options: Options) => list(context, options));
  withOptions(command.command('test'))
    .description(
      'Says step by step what would be asked and decided if a message came now: what the patterns find, which rules are looked at ' +
        'and why each matches or not, and what becomes of it, for each group of recipients. Decided by what decides in the gateway; ' +
        'nothing is sent, kept or written, and nothing leaves the machine without --query.',
    )
    .argument('<message>', 'a mail; - reads standard input')
    .option('--from <address>', 'sender of the envelope, <> for none (default: Return-Path, else From)')
    .option('--to <address>', 'recipient of the envelope; may be repeated (default: To and Cc)', several)
    .option('--client <address>', 'IP address of the client', ipAddress, '127.0.0.1')
    .option('--query', 'ask the reputation servers about what the query filter holds')
    .action((message: string, options: TestOptions) => test(context, message, options));
}

function withOptions(command: Command): Command {
  return command
    .option('--json', 'as JSON')
    .addOption(new Option('--lang <language>', 'language of the texts').choices(['ja', 'en']).default(ownLanguage()));
}

async function list(context: CommandContext, { json, lang }: Options): Promise<void> {
  const settings = await context.settings();
  const rules = listedRules(settings);
  process.stdout.write(json ? `${shownJson(rules)}\n` : rulesTable(rules, lang));
  for (const warning of settings.warnings) process.stderr.write(`sekisho: ${printable(warning)}\n`);
}

async function test(context: CommandContext, name: string, options: TestOptions): Promise<void> {
  const settings = await context.settings();
  const mail = mailOf(await contentOf(name), options);
  const warn = (text: string) => process.stderr.write(`sekisho: ${printable(text)}\n`);
  const scanner = await openLocalScanner({ settings, query: options.query === true, onProblem: warn });
  for (const problem of scanner.problems) warn(problem);
  try {
    const trial = await tryPolicy(scanner, mail);
    const rules = listedRules(settings);
    const { lang: language, json } = options;
    const lines = json ? [trialJson(trial, mail)] : trialLines(trial, { name, mail, scanner, rules, language });
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  } finally {
    await scanner.close();
  }
}

/** What is not given is taken from the header, as the sender most likely had it. */
function mailOf(content: Buffer, { from, to, client }: TestOptions): TrialMail {
  const mailFrom = from ?? headerAddresses(content, ['return-path', 'from'])[0] ?? '';
  const recipients = to ?? headerAddresses(content, ['to', 'cc']);
  if (recipients.length === 0)
    throw new CommandFailure(exitCodes.usage, 'the message names no recipient: give one with --to');
  return { content, mailFrom: bare(mailFrom), recipients: [...new Set(recipients.map(bare))], client };
}

function bare(address: string): string {
  return address.replace(/^<(.*)>$/, '$1');
}

function trialJson({ scan, method, groups }: Trial, { mailFrom, client }: TrialMail): string {
  const { agent, conventional, toAsk, asked } = scan;
  return shownJson({
    ...{ mailFrom, client, method },
    ...{ agent, conventional, toAsk, asked },
    groups: groups.map(({ recipients, rules, verdict }) => ({
      recipients,
      rules: rules.map(({ rule, matches, checks }) => ({ rule: rule.name, matches, checks })),
      verdict: verdict ?? null,
    })),
  });
}

function several(address: string, before: readonly string[] = []): string[] {
  return [...before, address];
}

function ipAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('must be an IP address.');
  return text;
}
