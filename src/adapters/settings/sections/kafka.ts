import { section } from '../section.ts';
import { broker } from '../values/broker.ts';
import { list, optional } from '../values/combined.ts';
import { integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { choice, text, topicPrefix, yesNo } from '../values/words.ts';

const since = '0.2.0';

const partitions = (default_: string, what: string) => ({
  type: integer(1, 1000),
  default: default_,
  doc: `Partitions of the topic of ${what}, when \`sekisho kafka init\` creates it. Never change it later: keys would move.`,
  since,
});
const retentionDays = (default_: string, what: string) => ({
  type: integer(1, 3650),
  default: default_,
  doc: `How long the topic of ${what} keeps its events.`,
  since,
});

/** The log in Kafka. */
export const kafka = section('The log in Kafka, where one machine is not enough. Without brokers there is no Kafka.', {
  brokers: {
    type: list(broker, { min: 0, max: 32 }),
    default: '',
    doc: 'Brokers to begin with, parted by commas, each `host:port` (port 9092 when it is not given). Empty: no Kafka; the journal serves alone.',
    since,
  },
  client_id: { type: text(100), default: 'sekisho', doc: 'Name of the client in the logs of the broker.', since },
  topic_prefix: {
    type: topicPrefix,
    default: 'sekisho',
    doc: 'First part of the names of all topics: `<prefix>.scans.v1`.',
    since,
  },
  tls: { type: yesNo, default: 'no', doc: 'Whether the brokers are spoken to by TLS.', since },
  ca_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of the certificate authorities to trust for the brokers. Empty: those of the system.',
    since,
  },
  cert_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of the client certificate, for brokers that ask for one.',
    since,
  },
  key_file: { type: optional(path), default: '', doc: 'PEM file of the key of `cert_file`.', since },
  sasl_mechanism: {
    type: choice('none', 'plain', 'scram-sha-256', 'scram-sha-512'),
    default: 'none',
    doc: 'How the client says who it is. `plain` sends the password as it is: only with `tls = yes`.',
    since,
  },
  username: { type: optional(text(255)), default: '', doc: 'User for SASL.', since },
  password_file: {
    type: optional(path),
    default: '',
    doc: 'File whose first line is the password for SASL. It is read at each connect, and never shown.',
    since,
  },
  request_timeout_ms: {
    type: integer(500, 60_000),
    default: '3000',
    doc: 'How long a broker may take to answer a request. A broker that hangs is then as one that is away.',
    since,
  },
  connect_timeout_ms: {
    type: integer(100, 60_000),
    default: '1000',
    doc: 'How long a connection to a broker may take.',
    since,
  },
  replication_factor: {
    type: integer(1, 15),
    default: '1',
    doc: 'Copies of each partition, when `sekisho kafka init` creates the topics. With three brokers or more, use 3.',
    since,
  },
  cleanup_policy: {
    type: choice('delete', 'compact', 'compact,delete'),
    default: 'delete',
    doc: 'What becomes of old events in the topics. Compaction keeps the newest event of each aggregate only, so history is lost: `delete` is right for a log.',
    since,
  },
  partitions_scans: partitions('6', 'messages and sessions'),
  partitions_servers: partitions('3', 'reputation servers'),
  partitions_system: partitions('3', 'service, components, relay and projections'),
  partitions_reputation: { ...partitions('3', 'reputation entries'), since: '0.5.0' },
  retention_days_scans: retentionDays('30', 'messages and sessions'),
  retention_days_servers: retentionDays('90', 'reputation servers'),
  retention_days_system: retentionDays('90', 'service, components, relay and projections'),
  retention_days_commands: retentionDays('7', 'commands'),
  retention_days_dead_letters: retentionDays('30', 'dead letters'),
});
