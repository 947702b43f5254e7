import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DeliveryRecord } from '../actors/ports/notification-outbox.ts';
import { type NotificationChannel, NotificationFailure } from '../actors/ports/notifications.ts';
import { outboxFile } from '../adapters/notification-outbox/outbox-file.ts';
import { readDeliveries } from '../adapters/notification-outbox/read-deliveries.ts';
import { createTexts } from '../adapters/notify-templates/create-texts.ts';
import { loadTemplates } from '../adapters/notify-templates/load-templates.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { gatewaySource } from '../events/command.ts';
import {
  type ChannelName,
  isNotificationKind,
  kindFacts,
  type Notification,
  type NotificationKind,
  notificationChannels,
  notificationKinds,
} from '../events/notification.ts';
import { printable } from '../events/printable.ts';
import { openChannels } from '../wiring/notification-channels.ts';
import { audited } from './audited.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { configureSnmpEngine } from './notify-snmp-engine.ts';
import { table } from './text-table.ts';
import { wholeNumberOption } from './time-option.ts';

/** Kinds with switches: the others go to people that a message names. */
const testable = Object.keys(notificationKinds).filter((kind) => !kindFacts(kind as NotificationKind).personal);

interface TestOptions {
  mail?: true;
  snmp?: true;
  kind: NotificationKind;
}

interface ListOptions {
  limit: number;
  format: 'table' | 'json';
}

export function configure(command: Command, context: CommandContext): void {
  command.description('Notifications (管理 > 通知): try whether they arrive, and see what became of them.');
  command
    .command('test')
    .description(
      'Sends a notification now, to every target of the channels that are set, and says what each answered. The switches ' +
        'of the kinds do not matter. Exit code 69 when a target has not taken it, 78 when nothing is set.',
    )
    .option('--mail', 'by mail: [notify] mail_relay and mail_to')
    .option('--snmp', 'by SNMP: [notify] snmp_receivers')
    .option('--kind <kind>', `what it tells of: ${testable.join(', ')}`, kindOption, 'failover')
    .addHelpText('after', '\nExamples:\n  $ sekisho notify test --mail\n  $ sekisho notify test --snmp --kind malware')
    .action(async (options: TestOptions) => {
      const settings = await context.settings();
      await audited(settings, { what: 'notify-test', target: options.kind }, () => test(settings, options));
    });
  configureSnmpEngine(command.command('snmp-engine'), context);
  command
    .command('list')
    .description('What waits to be sent and what was sent, newest first.')
    .option('--limit <count>', 'at most so many', wholeNumberOption, 100)
    .addOption(
      new Option('--format <format>', 'table, or one JSON object a line').choices(['table', 'json']).default('table'),
    )
    .action(async ({ limit, format }: ListOptions) => {
      const { state } = await context.settings();
      const records = readDeliveries(outboxFile(state.folder), limit);
      process.stdout.write(format === 'json' ? records.map(jsonLine).join('') : listTable(records));
    });
}

async function test(settings: Settings, { mail, snmp, kind }: TestOptions): Promise<void> {
  const asked: ChannelName[] = [...(mail ? (['mail'] as const) : []), ...(snmp ? (['snmp'] as const) : [])];
  const texts = createTexts(loadTemplates(settings.notify.templates_folder), settings.notify.language);
  const channels = await openChannels(settings, true);
  try {
    const chosen = (asked.length > 0 ? asked : notificationChannels.filter((name) => channels.has(name))).map((name) =>
      usable(name, channels.get(name)),
    );
    if (chosen.length === 0)
      throw new CommandFailure(
        exitCodes.config,
        'nobody is to be told: [notify] mail_relay and snmp_receivers are empty',
      );
    const notification = sample(kind, settings.state.gateway_name);
    const { subject, body } = texts(notification);
    const order = { notification, text: { subject: `TEST: ${subject}`, body }, attempt: 1 };
    let failures = 0;
    for (const channel of chosen)
      for (const target of channel.targets) {
        const outcome = await send(channel, { ...order, target });
        if (!outcome.taken) failures++;
        process.stdout.write(`${channel.name} ${printable(target)}: ${outcome.said}\n`);
      }
    if (failures > 0) throw new CommandFailure(exitCodes.unavailable, `${failures} of the targets did not take it`);
  } finally {
    await Promise.all([...channels.values()].map((channel) => channel.close()));
  }
}

const settingsOf = { mail: '[notify] mail_relay', snmp: '[notify] snmp_receivers' } as const;

function usable(name: ChannelName, channel: NotificationChannel | undefined): NotificationChannel {
  if (channel === undefined) throw new CommandFailure(exitCodes.config, `${settingsOf[name]} is empty`);
  if (channel.targets.length === 0) throw new CommandFailure(exitCodes.config, '[notify] mail_to is empty');
  return channel;
}

async function send(channel: NotificationChannel, order: Parameters<NotificationChannel['send']>[0]) {
  try {
    return { taken: true, said: await channel.send(order, new AbortController().signal) };
  } catch (error) {
    if (!(error instanceof NotificationFailure)) throw error;
    const what = error.kind === 'permanent' ? 'refused' : 'not now';
    return { taken: false, said: `${what}: ${printable(error.message)}` };
  }
}

/** A notification as it might be; nothing of it has happened. */
function sample(kind: NotificationKind, gateway: string): Notification {
  const time = new Date().toISOString();
  const numbers: readonly string[] = ['seconds', 'percent', 'bytes', 'bytes_max', 'hours', 'days'];
  const values = kindFacts(kind).tokens.map((token) => [token, numbers.includes(token) ? '1' : `(${token})`]);
  return {
    ...{ id: `test-${randomUUID()}/${kind}`, kind, time, since: time, source: gatewaySource(gateway), subject: 'test' },
    ...{ count: 1, values: Object.fromEntries(values) },
  };
}

function kindOption(word: string): NotificationKind {
  if (!isNotificationKind(word) || !testable.includes(word))
    throw new InvalidArgumentError(`must be one of ${testable.join(', ')}.`);
  return word;
}

function jsonLine({ notification, ...record }: DeliveryRecord): string {
  const { id, kind, time, count } = notification;
  return `${JSON.stringify({ id, kind, time, count, ...record })}\n`;
}

function listTable(records: readonly DeliveryRecord[]): string {
  const rows = records.map(({ notification, state, channel, target, attempts, changedMs, said }) => [
    ...[notification.time, state === 'open' && attempts > 0 ? 'waiting' : state, notification.kind],
    ...[String(notification.count), channel, printable(target), String(attempts)],
    ...[new Date(changedMs).toISOString(), printable(said ?? '')],
  ]);
  return rows.length === 0
    ? 'Nothing was to be told yet.\n'
    : table(['happened', 'state', 'kind', 'count', 'by', 'to', 'attempts', 'last', 'said'], rows);
}
