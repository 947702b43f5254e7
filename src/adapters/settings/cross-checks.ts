import { hostname } from 'node:os';
import { parseNextHopUrl } from '../next-hop/next-hop-url.ts';
import type { SettingsValues } from './tables.ts';
import { isLoopback } from './values/host.ts';
import { virusRuleChecks } from './virus-rule-checks.ts';

/** A rule that ties keys together. */
export interface CrossCheck {
  /** The keys involved, as `section.key`; the first is the one to blame unless it has its default. */
  keys: readonly [string, ...string[]];
  holds(values: SettingsValues): boolean;
  /** What is wrong, after the key and its value; the other keys and values are added. */
  wrong: string;
}

/** Contradictions between keys that are each in range. */
export const crossChecks: readonly CrossCheck[] = [
  {
    keys: ['smart_scan.query_total_ms', 'smart_scan.query_timeout_ms'],
    holds: ({ smart_scan }) => smart_scan.query_total_ms >= smart_scan.query_timeout_ms,
    wrong: 'query_total_ms must not be less than query_timeout_ms',
  },
  {
    keys: ['scan.message_seconds_max', 'smart_scan.query_total_ms'],
    holds: ({ scan, smart_scan }) => scan.message_seconds_max * 1000 > smart_scan.query_total_ms,
    wrong: 'message_seconds_max must be longer than query_total_ms',
  },
  {
    keys: ['smart_scan.client_certificate_file', 'smart_scan.client_key_file'],
    holds: ({ smart_scan }) =>
      (smart_scan.client_certificate_file === undefined) === (smart_scan.client_key_file === undefined),
    wrong: 'a certificate needs its key, and the other way round',
  },
  {
    keys: ['sps.follow', 'sps.follow_keys_file'],
    holds: ({ sps }) => sps.follow === undefined || sps.follow_keys_file !== undefined,
    wrong: 'follow needs follow_keys_file: components are taken from whoever can sign them only',
  },
  {
    keys: ['sps.kafka_feed', 'sps.follow'],
    holds: ({ sps }) => !sps.kafka_feed || sps.follow === undefined,
    wrong: 'a server that follows another takes in nothing by itself',
  },
  {
    keys: ['sps.kafka_feed', 'kafka.brokers'],
    holds: ({ sps, kafka }) => !sps.kafka_feed || kafka.brokers.length > 0,
    wrong: 'kafka_feed needs [kafka] brokers',
  },
  {
    // D18: else a message that takes too long would never become unscannable, and be tried again and again.
    keys: ['scan.unpack_seconds_max', 'scan.message_seconds_max'],
    holds: ({ scan }) => scan.unpack_seconds_max < scan.message_seconds_max,
    wrong: 'unpack_seconds_max must be less than message_seconds_max',
  },
  {
    keys: ['scan.worker_memory_bytes_max', 'scan.message_bytes_max'],
    holds: ({ scan }) => scan.worker_memory_bytes_max > scan.message_bytes_max,
    wrong: 'worker_memory_bytes_max must be more than message_bytes_max',
  },
  {
    keys: ['smart_scan.filter_age_alert_seconds', 'smart_scan.filter_check_seconds'],
    holds: ({ smart_scan }) => smart_scan.filter_age_alert_seconds >= smart_scan.filter_check_seconds,
    wrong: 'filter_age_alert_seconds must not be less than filter_check_seconds',
  },
  {
    keys: ['smtp.clients_per_address_max', 'smtp.clients_max'],
    holds: ({ smtp }) => smtp.clients_per_address_max <= smtp.clients_max,
    wrong: 'clients_per_address_max must not be more than clients_max',
  },
  {
    // The message as a whole is one of its files: a message that is taken in could otherwise never be scanned.
    keys: ['scan.file_bytes_max', 'smtp.message_bytes_max'],
    holds: ({ scan, smtp }) => scan.file_bytes_max >= smtp.message_bytes_max,
    wrong: '[scan] file_bytes_max must not be less than [smtp] message_bytes_max',
  },
  {
    keys: ['scan.message_bytes_max', 'scan.file_bytes_max'],
    holds: ({ scan }) => scan.message_bytes_max >= scan.file_bytes_max,
    wrong: 'message_bytes_max must not be less than file_bytes_max',
  },
  {
    keys: ['quarantine.bytes_max', 'smtp.message_bytes_max'],
    holds: ({ quarantine, smtp }) => quarantine.bytes_max === 0 || quarantine.bytes_max > smtp.message_bytes_max,
    wrong:
      '[quarantine] bytes_max must be 0 or more than [smtp] message_bytes_max: a message could else find no room ever',
  },
  {
    keys: ['update.retry_seconds', 'update.interval_seconds'],
    holds: ({ update }) => update.retry_seconds <= update.interval_seconds,
    wrong: 'retry_seconds must not be more than interval_seconds',
  },
  {
    keys: ['next_hop.url', 'smtp.listen'],
    holds: ({ next_hop, smtp }) => !smtp.listen.some((ours) => sameAddress(ours, parseNextHopUrl(next_hop.url))),
    wrong: 'mail would come back to [smtp] listen for ever',
  },
  {
    keys: ['sps.listen', 'smtp.listen'],
    holds: ({ sps, smtp }) => !sps.listen.some((theirs) => smtp.listen.some((ours) => sameAddress(ours, theirs))),
    wrong: '[sps] and [smtp] must not listen on the same address',
  },
  {
    keys: ['kafka.sasl_mechanism', 'kafka.username', 'kafka.password_file'],
    holds: ({ kafka }) =>
      (kafka.sasl_mechanism === 'none') === (kafka.username === undefined) &&
      (kafka.sasl_mechanism === 'none') === (kafka.password_file === undefined),
    wrong: 'SASL needs sasl_mechanism, username and password_file, all three',
  },
  {
    keys: ['kafka.sasl_mechanism', 'kafka.tls'],
    holds: ({ kafka }) => kafka.sasl_mechanism !== 'plain' || kafka.tls,
    wrong: 'plain would send the password in the clear: use tls = yes or scram-sha-512',
  },
  {
    keys: ['kafka.ca_file', 'kafka.cert_file', 'kafka.tls'],
    holds: ({ kafka }) => kafka.tls || (kafka.ca_file === undefined && kafka.cert_file === undefined),
    wrong: 'certificates are of no use with tls = no',
  },
  {
    keys: ['kafka.cert_file', 'kafka.key_file'],
    holds: ({ kafka }) => (kafka.cert_file === undefined) === (kafka.key_file === undefined),
    wrong: 'cert_file and key_file belong together',
  },
  {
    keys: ['projections.source', 'kafka.brokers'],
    holds: ({ kafka, projections }) => projections.source !== 'kafka' || kafka.brokers.length > 0,
    wrong: 'there is no Kafka to read from: [kafka] brokers is empty',
  },
  {
    keys: ['notify.mail_relay', 'notify.mail_from', 'notify.mail_to'],
    holds: ({ notify }) => notify.mail_relay === undefined || notify.mail_from !== undefined,
    wrong: 'notifications by mail need mail_from',
  },
  {
    keys: ['notify.mail_to', 'notify.mail_relay'],
    holds: ({ notify }) => notify.mail_to.length === 0 || notify.mail_relay !== undefined,
    wrong: 'there is no way to send mail: mail_relay is empty',
  },
  {
    keys: ['notify.mail_relay', 'smtp.listen'],
    holds: ({ notify, smtp }) => !smtp.listen.some((ours) => notify.mail_relay && sameHost(ours, notify.mail_relay)),
    wrong: 'notifications must not go through our own scan: name an MTA that takes them without it',
  },
  {
    keys: ['notify.snmp_receivers', 'notify.snmp_auth_key_file', 'notify.snmp_priv_key_file'],
    holds: ({ notify }) =>
      !notify.snmp_receivers.some(({ version }) => version === '3') ||
      (notify.snmp_auth_key_file !== undefined && notify.snmp_priv_key_file !== undefined),
    wrong: 'SNMPv3 needs snmp_auth_key_file and snmp_priv_key_file',
  },
  {
    keys: ['console.certificate_file', 'console.key_file'],
    holds: ({ console: { certificate_file, key_file } }) =>
      (certificate_file === undefined) === (key_file === undefined),
    wrong: 'a certificate needs its key, and the other way round',
  },
  {
    keys: ['console.listen', 'console.certificate_file', 'console.key_file'],
    holds: ({ console: { listen, certificate_file } }) =>
      listen === undefined || certificate_file !== undefined || isLoopback(listen.host),
    wrong: 'tokens would go over the network in the clear: beyond loopback it needs certificate_file and key_file',
  },
  {
    keys: ['quarantine.folder', 'sps.folder', 'state.folder'],
    holds: ({ quarantine, sps, state }) => new Set([quarantine.folder, sps.folder, state.folder]).size === 3,
    wrong: 'each folder must be a different one',
  },
  ...virusRuleChecks,
];

type Address = { host: string; port: number } | { path: string } | { socketPath: string } | { folder: string };

/** As `sameAddress`, for whom connects: where we listen on all addresses, this machine by whatever name is meant, too. */
function sameHost(ours: Address, theirs: { host: string; port: number }): boolean {
  if (!('port' in ours) || ours.port !== theirs.port || ours.port === 0) return false;
  const isHere = ['localhost', '127.0.0.1', '::1', hostname().toLowerCase()].includes(theirs.host);
  return (
    ours.host === theirs.host || (isHere && ['0.0.0.0', '::', 'localhost', '127.0.0.1', '::1'].includes(ours.host))
  );
}

/** Port 0 is another port each time. */
function sameAddress(a: Address, b: Address): boolean {
  if ('port' in a && 'port' in b) return a.port !== 0 && a.port === b.port && a.host === b.host;
  return 'path' in a && 'socketPath' in b && a.path === b.socketPath;
}
