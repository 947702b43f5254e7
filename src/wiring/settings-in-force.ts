import type { ScanSettings } from '../actors/scan-settings.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { tables } from '../adapters/settings/tables.ts';
import type { TerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import { checkTemplates } from './notifications.ts';
import { scanSettings } from './scan-settings.ts';
import { checkServices } from './services.ts';

/** The settings that the next epoch of the scan service begins with. */
export interface SettingsInForce {
  all(): Settings;
  scan(): ScanSettings;
  /**
   * Takes new ones. @returns where something was changed that waits for the next start of the process, as `[smtp]`
   * @throws when a file that they name cannot be read; then the old ones stay
   */
  adopt(changed: Settings): Promise<string[]>;
}

export async function settingsInForce(started: Settings, log: TerminalLog): Promise<SettingsInForce> {
  checkTemplates(started);
  checkServices(started);
  for (const warning of started.warnings) log.log('WARN', warning);
  let all = started;
  let scan = await scanSettings(started);
  return {
    all: () => all,
    scan: () => scan,
    async adopt(changed) {
      checkTemplates(changed);
      checkServices(changed);
      scan = await scanSettings(changed);
      all = changed;
      for (const warning of changed.warnings) log.log('WARN', warning);
      const places = waitingForStart(started, changed);
      for (const place of places) log.log('WARN', `changes in ${place} take effect at the next start`);
      return places;
    },
  };
}

/** Sections that a restart of the scan service applies, or that are not the gateway's; all others hold from start to end of the process. */
const notOnlyAtStart: ReadonlySet<string> = new Set<keyof Settings>([
  'smart_scan',
  'smart_protection',
  'scan',
  'virus_rule',
  'policy',
  'sps',
  'update',
]);

/** Of the scan service's section, what goes to the source of patterns: it outlives the epochs. */
const ofUpdaters = ['proxy', 'ca_file'] as const;

/** Of that of updates, what goes there, too. Schedules hold from the next epoch on. */
const ofSource = ['url', 'ca_file', 'keys_file', 'pattern_bytes_max', 'filter_bytes_max'] as const;

/** Of it, what is decided when the kept answers are read. */
const ofAnswers = ['answers_on_disk'] as const;

/** Of the section of scans, what goes to the threads that read messages: they outlive the epochs, too. */
const ofReader = ['workers', 'worker_memory_bytes_max', 'yara_file_bytes_max'] as const;

/** Of the virus rule, the limits of its archive, which is kept within them from start to end. */
const ofArchive = ['archive_bytes_max', 'archive_days_max', 'archive_when_full'] as const;

/** What was changed that a restart of the scan service does not apply: it waits for the next start. As `[smtp]`, `[smart_scan] proxy`. */
function waitingForStart(started: Settings, now: Settings): string[] {
  const differ = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  const sections = (Object.keys(tables) as (keyof typeof tables)[]).filter((section) => !notOnlyAtStart.has(section));
  return [
    ...sections.filter((section) => differ(started[section], now[section])).map((section) => `[${section}]`),
    ...[...ofUpdaters, ...ofAnswers]
      .filter((key) => differ(started.smart_scan[key], now.smart_scan[key]))
      .map((key) => `[smart_scan] ${key}`),
    ...ofSource.filter((key) => differ(started.update[key], now.update[key])).map((key) => `[update] ${key}`),
    ...ofArchive
      .filter((key) => differ(started.virus_rule[key], now.virus_rule[key]))
      .map((key) => `[virus_rule] ${key}`),
    ...ofReader.filter((key) => differ(started.scan[key], now.scan[key])).map((key) => `[scan] ${key}`),
  ];
}
