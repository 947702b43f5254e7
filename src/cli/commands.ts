import type { Command } from 'commander';
import type { Settings } from '../adapters/settings/settings.ts';

/** What every command is given beside its commander `Command`. */
export interface CommandContext {
  /** Reads and validates `imss.ini` and the environment; throws `SettingsError` (exit code 78). */
  settings(): Promise<Settings>;
}

/** What the file of a command exports. */
export interface CommandModule {
  /** Adds options, arguments, examples and the action. */
  configure(command: Command, context: CommandContext): void;
}

/** A command as `sekisho --help` shows it; its code is loaded only when it runs. */
export interface CommandEntry {
  name: string;
  summary: string;
  load(): Promise<CommandModule>;
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'check-config',
    summary: 'check the settings and show those that differ from the defaults',
    load: () => import('./check-config.ts'),
  },
];
