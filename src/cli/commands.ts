import type { Command } from 'commander';
import type { Settings } from '../adapters/settings/settings.ts';

/** What every command is given beside its commander `Command`. */
export interface CommandContext {
  /**
   * Reads and validates `imss.ini` and the environment; throws `SettingsError` (exit code 78).
   * `extra` are variables that count as if the environment had them.
   */
  settings(extra?: Readonly<Record<string, string>>): Promise<Settings>;
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
    name: 'start',
    summary: 'try it: a gateway and a Smart Protection Server on this machine',
    load: () => import('./start.ts'),
  },
  {
    name: 'gateway',
    summary: 'the SMTP gateway: scans mail and hands it to the next hop',
    load: () => import('./gateway.ts'),
  },
  {
    name: 'sps',
    summary: 'a Smart Protection Server: knows malware by hash, publishes filter and patterns',
    load: () => import('./sps.ts'),
  },
  {
    name: 'restart',
    summary: 'apply changed settings: check them, then restart the scan service of the running gateway',
    load: () => import('./restart.ts'),
  },
  {
    name: 'status',
    summary: 'whether the gateway runs',
    load: () => import('./status.ts'),
  },
  {
    name: 'quarantine',
    summary: 'messages that were kept instead of delivered: list, show, release, delete',
    load: () => import('./quarantine.ts'),
  },
  {
    name: 'scan',
    summary: 'scan files or mails here and now: everything that is found in them, as a tree',
    load: () => import('./scan.ts'),
  },
  {
    name: 'policy',
    summary: 'rules of the policy: list them, and why each matches a message or not',
    load: () => import('./policy.ts'),
  },
  {
    name: 'events',
    summary: 'what happened, as a log of events: read it, follow it',
    load: () => import('./events.ts'),
  },
  {
    name: 'logs',
    summary: 'log query (ログクエリ): what happened, in sentences',
    load: () => import('./logs.ts'),
  },
  {
    name: 'track',
    summary: 'message tracking (メッセージ追跡): the way of a message, by Message-ID, queue id, GUID or address',
    load: () => import('./track.ts'),
  },
  {
    name: 'servers',
    summary: 'the state of every reputation server and gateway now: read it, follow it',
    load: () => import('./servers.ts'),
  },
  {
    name: 'services',
    summary: 'try the other reputation services that are set, or ask them about a hash',
    load: () => import('./services.ts'),
  },
  {
    name: 'stats',
    summary: 'how many messages, verdicts and failures, and how long they took, by the hour',
    load: () => import('./stats.ts'),
  },
  {
    name: 'kafka',
    summary: 'the topics that hold the log in Kafka: create them, check them',
    load: () => import('./kafka.ts'),
  },
  {
    name: 'notify',
    summary: 'notifications by mail and SNMP: try them, see what was sent',
    load: () => import('./notify.ts'),
  },
  {
    name: 'projections',
    summary: 'the views made of the log: how far they are, rebuild them',
    load: () => import('./projections.ts'),
  },
  {
    name: 'privacy',
    summary: 'erase an address from the logs',
    load: () => import('./privacy.ts'),
  },
  {
    name: 'backup',
    summary: 'copy journal, quarantine and settings while the gateway runs',
    load: () => import('./backup.ts'),
  },
  {
    name: 'restore',
    summary: 'bring a backup back, when it is whole',
    load: () => import('./restore.ts'),
  },
  {
    name: 'update',
    summary: 'update patterns and filter of the running gateway now (手動アップデート)',
    load: () => import('./update.ts'),
  },
  {
    name: 'components',
    summary: 'versions of patterns and filters: list them, push the newest, roll back',
    load: () => import('./components.ts'),
  },
  {
    name: 'console',
    summary: 'the admin API of the gateway: tokens for machines',
    load: () => import('./console.ts'),
  },
  {
    name: 'command',
    summary: 'tell all gateways at once: restart, deploy a component',
    load: () => import('./command.ts'),
  },
  {
    name: 'demo',
    summary: 'watch an outage of the Smart Protection Server and its end, in 10 seconds',
    load: () => import('./demo.ts'),
  },
  {
    name: 'check-config',
    summary: 'check the settings, and show those that are not the defaults',
    load: () => import('./check-config.ts'),
  },
];
