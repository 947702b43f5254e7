import type { NotificationPolicy } from '../actors/notifications/take-in.ts';
import type { NotificationChannel } from '../actors/ports/notifications.ts';
import { switchOf } from '../adapters/settings/sections/notify.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { receiverLabel } from '../adapters/snmp/receiver-url.ts';
import type { SnmpSecurity } from '../adapters/snmp/security.ts';
import type { ChannelName } from '../events/notification.ts';

/** What notifications need of the settings. */
export type NotifySettings = Pick<Settings, 'state' | 'notify' | 'smtp'>;

/** Whether anybody can be told at all. */
export function isNotifying({ notify }: Pick<Settings, 'notify'>): boolean {
  return notify.mail_relay !== undefined || notify.snmp_receivers.length > 0;
}

/** Who is told of what, and when. */
export function notificationPolicy({ notify }: Pick<Settings, 'notify'>): NotificationPolicy {
  const { mail_relay, mail_to, snmp_receivers } = notify;
  return {
    targets: {
      ...(mail_relay !== undefined && { mail: mail_to }),
      ...(snmp_receivers.length > 0 && { snmp: snmp_receivers.map(receiverLabel) }),
    },
    isOn(kind, channel) {
      const name = switchOf(kind, channel);
      return name !== undefined && notify[name];
    },
    repeatMs: notify.repeat_seconds_min * 1000,
    lastedMs: notify.deferred_hours_max * 3_600_000,
    ageMsMax: notify.give_up_hours * 3_600_000,
  };
}

/**
 * Opens the channels that are set. What they need is loaded only here: who tells nobody does not pay for it.
 * @param beside true beside a gateway that may be running: it sends, too
 */
export async function openChannels(
  settings: NotifySettings,
  beside: boolean,
): Promise<Map<ChannelName, NotificationChannel>> {
  const channels = [await mailChannel(settings), await snmpChannel(settings, beside)];
  return new Map(channels.flatMap((channel) => (channel === undefined ? [] : [[channel.name, channel]])));
}

async function mailChannel({ notify, smtp }: NotifySettings): Promise<NotificationChannel | undefined> {
  const { mail_relay: relay, mail_from: from, mail_to: to } = notify;
  if (relay === undefined || from === undefined) return undefined;
  const { createMailChannel } = await import('../adapters/notify-mail/create-mail-channel.ts');
  return createMailChannel({ relay, from, to, helo: smtp.hostname });
}

async function snmpChannel(
  { notify, state }: NotifySettings,
  beside: boolean,
): Promise<NotificationChannel | undefined> {
  if (notify.snmp_receivers.length === 0) return undefined;
  const { createSnmpChannel } = await import('../adapters/snmp/create-snmp-channel.ts');
  return createSnmpChannel({
    receivers: notify.snmp_receivers,
    folder: state.folder,
    beside,
    type: notify.snmp_type,
    security: snmpSecurity(notify),
    timeoutMs: notify.snmp_timeout_ms,
    retries: notify.snmp_retries,
  });
}

function snmpSecurity(notify: Settings['notify']): SnmpSecurity | undefined {
  const { snmp_auth_key_file: authKeyFile, snmp_priv_key_file: privKeyFile } = notify;
  if (authKeyFile === undefined || privKeyFile === undefined) return undefined;
  return {
    authProtocol: notify.snmp_auth_protocol,
    authKeyFile,
    privProtocol: notify.snmp_priv_protocol,
    privKeyFile,
  };
}
