import type { Command } from 'commander';
import { kafkaReason } from '../adapters/kafka/errors.ts';
import { StoreUnusable } from '../sps/data/store.ts';
import { type ExportOptions, exportReputation } from '../wiring/export-reputation.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { type LoadSpsAccess, type Output, withExitCode } from './sps-access.ts';

/** Adds `export` to `sps`. */
export function addExportCommand(command: Command, load: LoadSpsAccess, { stdout }: Output): void {
  command
    .command('export')
    .description(
      'Writes what the server knows of SHA-256 hashes to the compacted topic <prefix>.reputation.v1 of [kafka] brokers, from which other servers ' +
        'take it in ([sps] kafka_feed). Only what differs is written; what the topic has besides is taken back.',
    )
    .requiredOption('--kafka', 'to Kafka, which is the only place there is')
    .addHelpText('after', '\nExamples:\n  $ sekisho kafka init && sekisho sps export --kafka')
    .action(() =>
      withExitCode(async () => {
        const { server, kafka, audited } = await load();
        if (kafka === undefined)
          throw new CommandFailure(exitCodes.config, 'no Kafka is set: [kafka] brokers is empty');
        const options: ExportOptions = { ...kafka, folder: server.folder };
        const { written, takenBack } = await audited({ what: 'sps-export', target: kafka.topic }, () =>
          exportReputation(options).catch((error) => {
            if (error instanceof StoreUnusable) throw error;
            throw new CommandFailure(exitCodes.unavailable, `${kafka.topic}: ${kafkaReason(error)}`, { cause: error });
          }),
        );
        stdout.write(`${kafka.topic}: ${written} written, ${takenBack} taken back\n`);
      }),
    );
}
