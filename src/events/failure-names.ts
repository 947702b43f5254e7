import type { FailureKind } from '../actors/ports/reputation.ts';

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
};

/** The name of a failed query in logs and events, e.g. `ICRC_QUERY_ERR_NETWORK_TIMEOUT` (D4; the text gives this one). */
export function failureName(kind: FailureKind): string {
  return `ICRC_QUERY_ERR_${names[kind]}`;
}
