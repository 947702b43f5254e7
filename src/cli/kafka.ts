import { type Command, Option } from 'commander';
import { kafkaReason, kafkaTrouble } from '../adapters/kafka/errors.ts';
import { settleTopics, type TopicReport } from '../adapters/kafka/topics.ts';
import { kafkaAccess, kafkaClient, topicPlans } from '../wiring/kafka.ts';
import { audited } from './audited.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

interface Options {
  check?: true;
  format: 'table' | 'json';
}

export function configure(command: Command, context: CommandContext): void {
  command.description('The topics that hold the log in Kafka. [kafka] brokers says where Kafka is.');
  command
    .command('init')
    .description(
      'Creates the topics that are missing and says where those that are there differ from what is declared. ' +
        'What is there is never changed. Exit code 65 when something differs, or is missing with --check.',
    )
    .option('--check', 'look only, create nothing')
    .addOption(
      new Option('--format <format>', 'table, or one JSON object a line').choices(['table', 'json']).default('table'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ SEKISHO_KAFKA_BROKERS=127.0.0.1:9092 sekisho kafka init\n  $ sekisho kafka init --check --format json',
    )
    .action(async (options: Options) => {
      const settings = await context.settings();
      const access = kafkaAccess(settings);
      if (access === undefined) throw new CommandFailure(exitCodes.config, 'no Kafka is set: [kafka] brokers is empty');
      const kafka = await kafkaClient(access);
      const settle = () =>
        settleTopics(kafka, topicPlans(settings.kafka), options.check !== true).catch((error) => {
          throw new CommandFailure(exitCodes.unavailable, sentence(error, access.brokers));
        });
      const target = access.brokers.join(', ');
      const reports = options.check ? await settle() : await audited(settings, { what: 'kafka-init', target }, settle);
      for (const report of reports)
        process.stdout.write(options.format === 'json' ? `${JSON.stringify(report)}\n` : lines(report));
      const wrong = reports.filter(({ state }) => state === 'differs' || state === 'missing');
      if (wrong.length > 0)
        throw new CommandFailure(
          exitCodes.dataError,
          `${wrong.length} of ${reports.length} topics are not as declared`,
        );
    });
}

function lines({ name, state, drift }: TopicReport): string {
  const differences = drift.map(({ what, wanted, found }) => `    ${what}: declared ${wanted}, found ${found}\n`);
  return `${name.padEnd(32)} ${state}\n${differences.join('')}`;
}

function sentence(error: unknown, brokers: readonly string[]): string {
  const where = brokers.join(', ');
  switch (kafkaTrouble(error)) {
    case 'away':
      return `no broker answers at ${where}: ${kafkaReason(error)}. Look at [kafka] brokers, tls and sasl_mechanism`;
    case 'refused':
      return `${where} refuses us: ${kafkaReason(error)}. Look at [kafka] tls, ca_file, sasl_mechanism, username, password_file`;
    default:
      return `${where}: ${kafkaReason(error)}`;
  }
}
