import { isIPv6 } from 'node:net';

/** What is sent: nobody hears of a lost trap; an inform is answered, and sent again when it is not. */
export type SnmpType = 'trap' | 'inform';

/** Who gets notifications by SNMP. */
export interface SnmpReceiver {
  version: '2c' | '3';
  /** Of v2c the community: a secret. Of v3 the user. */
  name: string;
  /** Name or IP address; IPv6 without brackets. */
  host: string;
  port: number;
  /** Undefined: as `[notify] snmp_type` says. */
  type: SnmpType | undefined;
}

/** The port of receivers, RFC 3430 and before. */
const receiverPort = 162;

/**
 * Reads `snmp://community@host:port?type=inform` or `snmpv3://user@host:port`; port 162 when it is not given. What a URL cannot
 * hold as it is in a community is percent-encoded. Undefined when it is neither.
 */
export function parseReceiverUrl(text: string): SnmpReceiver | undefined {
  const [, scheme, encoded = '', rest = '', type] =
    /^(snmp|snmpv3):\/\/([^@/?#]*)@([^@/?#]+)\/?(?:\?type=(trap|inform))?$/i.exec(text) ?? [];
  const url = URL.canParse(`udp://${rest}`) ? new URL(`udp://${rest}`) : undefined;
  const name = decoded(encoded);
  if (scheme === undefined || url === undefined || name === undefined || url.hostname === '') return undefined;
  const port = url.port === '' ? receiverPort : Number(url.port);
  if (port === 0 || rest.endsWith(':')) return undefined;
  return {
    version: scheme.toLowerCase() === 'snmp' ? '2c' : '3',
    name,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    type: type === undefined ? undefined : (type.toLowerCase() as SnmpType),
  };
}

/** RFC 3411: names have 1 to 32 characters; ours have no control characters. */
function decoded(text: string): string | undefined {
  try {
    const name = decodeURIComponent(text);
    return name !== '' && Buffer.byteLength(name) <= 32 && !/\p{Cc}/u.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** How logs and events name a receiver: without the community, but with the user, as two users may have one address. */
export function receiverLabel({ version, name, host, port }: SnmpReceiver): string {
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return version === '2c' ? `snmp://${address}` : `snmpv3://${name}@${address}`;
}
