import { authProtocols, privProtocols } from '../../snmp/security.ts';
import { optional } from '../values/combined.ts';
import { integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { snmpReceivers } from '../values/snmp-receivers.ts';
import { choice } from '../values/words.ts';

const since = '0.3.0';

/** The keys of `[notify]` that say who gets SNMP, and how. */
export const notifySnmp = {
  snmp_receivers: {
    type: snmpReceivers,
    default: '',
    doc: 'Who gets notifications by SNMP, parted by commas: `snmp://community@host:port` (v2c) or `snmpv3://user@host:port` (always authPriv), port 162 when it is not given; `?type=trap` or `?type=inform` after it goes before `snmp_type`. What a URL cannot hold in a community is percent-encoded; the community is never shown. Empty: nobody.',
    since,
  },
  snmp_type: {
    type: choice('trap', 'inform'),
    default: 'trap',
    doc: 'What receivers get whose URL does not say it. A trap that is lost is lost; an `inform` is confirmed, and tried again until it is.',
    since,
  },
  snmp_auth_protocol: {
    type: choice(...authProtocols),
    default: 'sha-256',
    doc: 'How SNMPv3 messages are signed. `md5` and `sha` (SHA-1) are for receivers that know no other.',
    since,
  },
  snmp_auth_key_file: {
    type: optional(path),
    default: '',
    doc: 'File whose first line is the auth key (passphrase, 8 characters or more) of the SNMPv3 users. It is read for each notification, and never shown.',
    since,
  },
  snmp_priv_protocol: {
    type: choice(...privProtocols),
    default: 'aes',
    doc: 'How SNMPv3 messages are encrypted: `aes` is AES-128, which all receivers know; `aes-256` is the AES-256 of net-snmp, `aes-256-c` that of Cisco.',
    since,
  },
  snmp_priv_key_file: {
    type: optional(path),
    default: '',
    doc: 'File whose first line is the priv key (passphrase, 8 characters or more) of the SNMPv3 users. It is read for each notification, and never shown.',
    since,
  },
  snmp_timeout_ms: {
    type: integer(100, 5000),
    default: '2000',
    doc: 'How long a receiver may take to confirm an inform.',
    since,
  },
  snmp_retries: {
    type: integer(0, 4),
    default: '2',
    doc: 'How often an inform is sent again at once when nobody confirms it. Afterwards it waits, and is tried again with growing pauses.',
    since,
  },
} as const;
