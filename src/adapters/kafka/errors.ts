/** What stands in the way, as far as it matters for what to do about it. */
export type KafkaTrouble =
  /** Not there, hung, or moving: try again. */
  | 'away'
  /** Wrong password, certificate or rights: waiting does not mend it. */
  | 'refused'
  /** A topic is missing: `sekisho kafka init`. */
  | 'topic-missing'
  /** One record is larger than the topic takes. */
  | 'too-large'
  /** The broker does not take the time of a record (its clock and ours differ by an hour or more). */
  | 'clock'
  | 'other';

/** Words of the protocol's error codes, as kafkajs has them in `type`. */
const byType: Readonly<Record<string, KafkaTrouble>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'topic-missing',
  MESSAGE_TOO_LARGE: 'too-large',
  RECORD_LIST_TOO_LARGE: 'too-large',
  INVALID_TIMESTAMP: 'clock',
  SASL_AUTHENTICATION_FAILED: 'refused',
  ILLEGAL_SASL_STATE: 'refused',
  UNSUPPORTED_SASL_MECHANISM: 'refused',
  TOPIC_AUTHORIZATION_FAILED: 'refused',
  GROUP_AUTHORIZATION_FAILED: 'refused',
  CLUSTER_AUTHORIZATION_FAILED: 'refused',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'refused',
};

const awayNames =
  /^KafkaJS(Connection|RequestTimeout|ConnectionClosed|BrokerNotFound|NumberOfRetriesExceeded|LockTimeout|Timeout)/;

/** An error of kafkajs, or of the network beneath it. Retries wrap the cause: it counts, not the wrapping. */
export function kafkaTrouble(error: unknown): KafkaTrouble {
  for (const each of causes(error)) {
    const known = byType[each.type ?? ''];
    if (known !== undefined) return known;
    if (each.name.startsWith('KafkaJSSASL')) return 'refused';
    if (/certificate|self.signed|CERT_|alert (?:bad|unknown|handshake)/i.test(each.message)) return 'refused';
  }
  return causes(error).some(({ name, retriable }) => awayNames.test(name) || retriable === true) ? 'away' : 'other';
}

interface KafkaError extends Error {
  type?: string;
  retriable?: boolean;
}

function causes(error: unknown): KafkaError[] {
  const found: KafkaError[] = [];
  let each = error;
  while (each instanceof Error && found.length < 10 && !found.includes(each)) {
    found.push(each);
    // Of several, as for several topics at once, the first one stands for all.
    const { originalError, errors } = each as { originalError?: unknown; errors?: readonly unknown[] };
    each = originalError ?? errors?.[0] ?? each.cause;
  }
  return found;
}

/** The innermost error's own words, on one line. */
export function kafkaReason(error: unknown): string {
  const text = causes(error).at(-1)?.message ?? String(error);
  return text.replace(/\s+/g, ' ').slice(0, 500);
}
