import type { NotificationChannel } from '../actors/ports/notifications.ts';
import type { Settings } from '../adapters/settings/settings.ts';

/**
 * The way to the receivers of SNMP, if there are any; net-snmp is loaded only then.
 * @param beside true beside a gateway that may be running: a test of the command line
 */
export async function snmpChannel(
  { notify, state }: Settings,
  beside: boolean,
): Promise<NotificationChannel | undefined> {
  if (notify.snmp_receivers.length === 0) return undefined;
  const { createSnmpChannel } = await import('../adapters/snmp/create-snmp-channel.ts');
  const { snmp_auth_key_file: authKeyFile, snmp_priv_key_file: privKeyFile } = notify;
  const protocols = { authProtocol: notify.snmp_auth_protocol, privProtocol: notify.snmp_priv_protocol };
  return createSnmpChannel({
    receivers: notify.snmp_receivers,
    type: notify.snmp_type,
    security:
      authKeyFile === undefined || privKeyFile === undefined ? undefined : { ...protocols, authKeyFile, privKeyFile },
    timeoutMs: notify.snmp_timeout_ms,
    retries: notify.snmp_retries,
    folder: state.folder,
    beside,
  });
}
