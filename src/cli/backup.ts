import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { BackupPart } from '../wiring/backup-parts.ts';
import { makeBackup } from '../wiring/make-backup.ts';
import { version } from '../wiring/version.ts';
import { audited } from './audited.ts';
import type { CommandContext } from './commands.ts';
import { progressLine } from './progress.ts';

interface Options {
  components?: true;
  sps?: true;
}

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Copies what cannot make itself again: the journal as it is at one moment, the quarantine, the settings file. The gateway may ' +
        'run; its mail is not held up. Views are not in it: they are built from the log. The files have passwords and addresses in ' +
        'them as the originals have, and are readable for their owner only.',
    )
    .argument('<target>', 'a file that ends in .tar, .tar.gz or .tgz, or a folder; must not exist')
    .option('--components', 'the patterns and the query filter, too; they would be fetched again')
    .option('--sps', 'the Smart Protection Server of this machine, too: signatures, and the keys of its authority')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho backup /var/backups/sekisho-$(date +%F).tar.gz\n  $ sekisho backup --sps /mnt/backup/sekisho',
    )
    .action(async (target: string, options: Options) => {
      const settings = await context.settings();
      const path = resolve(target);
      const parts: BackupPart[] = [
        ...(['journal', 'quarantine'] as const),
        ...(options.components ? (['components'] as const) : []),
        ...(options.sps ? (['sps'] as const) : []),
      ];
      const abort = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
      const { head, files } = await audited(settings, { what: 'backup', target: path }, () =>
        makeBackup({
          ...{ settings, target: path, parts, version: version(), signal: abort.signal },
          onProgress: progressLine(process.stderr),
        }),
      );
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      process.stdout.write(`${path}: events up to ${head}, ${files.length} files, ${bytes} bytes\n`);
    });
}
