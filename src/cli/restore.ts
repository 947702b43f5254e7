import { resolve } from 'node:path';
import type { Command } from 'commander';
import { verifyBackup } from '../wiring/restore-backup.ts';
import { version } from '../wiring/version.ts';
import { audited } from './audited.ts';
import type { CommandContext } from './commands.ts';
import { progressLine } from './progress.ts';

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Brings a backup back into [state] folder and [quarantine] folder. It is unpacked and verified first, file by file; one that is ' +
        'damaged, or of a newer version, changes nothing (exit code 65). No gateway may run there (75). Where something is already, ' +
        '--force moves it aside; nothing is ever deleted. The settings file is put beside the journal, not in use. Views are built ' +
        'from the log at the next start.',
    )
    .argument('<backup>', 'what sekisho backup made')
    .option('--force', 'move aside what is there')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho restore /var/backups/sekisho-2026-11-24.tar.gz\n' +
        '  $ SEKISHO_STATE_FOLDER=/srv/sekisho sekisho restore --force /mnt/backup/sekisho',
    )
    .action(async (backup: string, { force = false }: { force?: boolean }) => {
      const settings = await context.settings();
      const from = resolve(backup);
      const onProgress = progressLine(process.stderr);
      const verified = await verifyBackup({ settings, from, force, version: version(), onProgress });
      try {
        const { made, head, gateway } = verified.manifest;
        const act = { what: 'restore', target: from, after: `as of ${made}`, makesLog: true } as const;
        const aside = await audited(settings, act, () => verified.restore());
        process.stdout.write(`restored: ${gateway} as of ${made}, events up to ${head}\n`);
        for (const path of aside) process.stdout.write(`what was there is in ${path}\n`);
      } finally {
        await verified.discard();
      }
    });
}
