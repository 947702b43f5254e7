import { type Command, InvalidArgumentError } from 'commander';
import { addClientKey, writeClientCertificate } from '../sps/access/new-client.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { type LoadSpsAccess, type Output, withExitCode } from './sps-access.ts';

/** Adds `client-key` and `client-certificate` to `sps`. */
export function addClientCommands(command: Command, load: LoadSpsAccess, { stdout, stderr }: Output): void {
  command
    .command('client-key')
    .description(
      'Makes a key for a client, adds it to [sps] client_keys_file and writes it to standard output: the file has only its SHA-256. ' +
        'A running server takes it within a second. To take it back, remove its line.',
    )
    .argument('<name>', 'of the client: letters, digits, dots, dashes and underscores', clientName)
    .option(
      '--hashes-per-second <number>',
      'what this client may ask, in place of [sps] client_hashes_per_second',
      limit,
    )
    .option('--burst <number>', 'what it may ask at once', limit)
    .addHelpText(
      'after',
      '\nExamples:\n  $ umask 077; sekisho sps client-key mx1 > mx1.api-key      # for [smart_scan] api_key_file\n' +
        '  $ sekisho sps client-key partner --hashes-per-second 100 --burst 5000 > partner.api-key',
    )
    .action((name: string, { hashesPerSecond: perSecond, burst }: { hashesPerSecond?: number; burst?: number }) =>
      withExitCode(async () => {
        const { server, audited } = await load();
        const file = server.clientKeysFile;
        if (file === undefined)
          throw new CommandFailure(exitCodes.config, 'no file of keys is set: [sps] client_keys_file is empty');
        if (burst !== undefined && perSecond === undefined)
          throw new CommandFailure(exitCodes.usage, '--burst needs --hashes-per-second');
        const allowance = perSecond === undefined ? undefined : { perSecond, burst: burst ?? perSecond };
        const key = await audited({ what: 'sps-client', target: name }, () => addClientKey(file, name, allowance));
        stdout.write(`${key}\n`);
        stderr.write(`${name} is in ${file}\n`);
      }),
    );
  command
    .command('client-certificate')
    .description(
      'Issues a certificate for a client, by the authority of this server, and writes NAME.pem and NAME.key. ' +
        'The server asks for certificates when [sps] client_ca_file is set, e.g. to its own ca.pem.',
    )
    .argument('<name>', 'of the client: letters, digits, dots, dashes and underscores', clientName)
    .option('--days <number>', 'how long it counts, 1 to 3650', days, 365)
    .option('--to <folder>', 'where the files go', '.')
    .addHelpText('after', '\nExamples:\n  $ sekisho sps client-certificate mx1 --to /etc/sekisho')
    .action((name: string, options: { days: number; to: string }) =>
      withExitCode(async () => {
        const { server, audited } = await load();
        const request = { folder: server.folder, to: options.to, name, days: options.days };
        const files = await audited({ what: 'sps-client', target: name }, () => writeClientCertificate(request));
        stdout.write(`${files.join('\n')}\n`);
      }),
    );
}

function clientName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError('must be 1 to 64 letters, digits, dots, dashes and underscores');
}

const limit = between(1, 1_000_000_000);
const days = between(1, 3650);

function between(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,10}$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`must be an integer from ${min} to ${max}`);
  };
}
