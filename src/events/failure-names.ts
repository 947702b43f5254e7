/**
 * Why a query failed (D4, D5, D6). `message` is charged to the message, not to the server;
 * `throttled` moves no fail count; `pattern` is a server of another pattern id (D11);
 * `invalid`: every server of the list is cached as invalid or skipped, so none was asked.
 */
export type FailureKind =
  | 'timeout'
  | 'refused'
  | 'reset'
  | 'unreachable'
  | 'dns'
  | 'tls'
  | 'proxy'
  | 'status'
  | 'response'
  | 'credentials'
  | 'throttled'
  | 'message'
  | 'pattern'
  | 'invalid';

const names: Readonly<Record<FailureKind, string>> = {
  timeout: 'NETWORK_TIMEOUT',
  refused: 'NETWORK_REFUSED',
  reset: 'NETWORK_RESET',
  unreachable: 'NETWORK_UNREACHABLE',
  dns: 'NETWORK_DNS',
  tls: 'NETWORK_TLS',
  proxy: 'NETWORK_PROXY',
  status: 'STATUS',
  response: 'RESPONSE',
  credentials: 'CREDENTIALS',
  throttled: 'THROTTLED',
  message: 'MESSAGE',
  pattern: 'PATTERN',
  invalid: 'SERVER_INVALID',
};

/** The name of a failed query in logs and events, e.g. `ICRC_QUERY_ERR_NETWORK_TIMEOUT` (D4; the text gives this one). */
export function failureName(kind: FailureKind): string {
  return `ICRC_QUERY_ERR_${names[kind]}`;
}

/** Whether a word, e.g. out of a log, is a kind that has a name. */
export function isFailureKind(kind: string): kind is FailureKind {
  return Object.hasOwn(names, kind);
}
