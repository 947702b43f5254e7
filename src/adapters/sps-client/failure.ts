import { type FailureKind, ReputationFailure } from '../../actors/ports/reputation.ts';
import { retryAfterMs } from './retry-after.ts';

/** How far an exchange had come when it broke off. */
export type Phase = 'before-answer' | 'in-answer';

const kindByCode: Readonly<Record<string, FailureKind>> = {
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_CLOSED: 'reset',
  UND_ERR_DESTROYED: 'reset',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  EPROTO: 'tls',
  UND_ERR_PRX_TLS: 'proxy',
  UND_ERR_PRX_CONN: 'proxy',
};

/** What an error of undici, TLS or the system means (D4, D5). With a proxy we connect to nobody else. */
export function failureOf(error: unknown, phase: Phase, viaProxy: boolean): ReputationFailure {
  if (error instanceof ReputationFailure) return error;
  const code = codeOf(error);
  const reason = error instanceof Error && error.message !== '' ? error.message : code;
  // The address of the proxy may hold a password: the system's messages name host and port only.
  const said = isUnknownAuthority(code) ? `${reason.split(';', 1)[0]}: is its authority in the ca_file?` : reason;
  return new ReputationFailure(kindOf(code, reason, phase, viaProxy), said, { cause: error });
}

/** Where Node gives advice about itself. */
function isUnknownAuthority(code: string): boolean {
  return /^(UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY_LEAF|SELF_SIGNED_|DEPTH_ZERO_SELF)/.test(code);
}

function kindOf(code: string, message: string, phase: Phase, viaProxy: boolean): FailureKind {
  const kind = kindByCode[code] ?? (isTlsCode(code) ? 'tls' : undefined);
  if (phase === 'in-answer') return kind === 'timeout' ? 'timeout' : 'response';
  if (viaProxy && (message.startsWith('Proxy response') || isConnecting(kind))) return 'proxy';
  return kind ?? 'response';
}

function isConnecting(kind: FailureKind | undefined): boolean {
  return kind === 'refused' || kind === 'unreachable' || kind === 'dns';
}

/** OpenSSL's verification errors, and Node's own about TLS. */
function isTlsCode(code: string): boolean {
  return /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_)/.test(
    code,
  );
}

/** With several addresses the error is an aggregate: the first that says something stands for it. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && !('code' in error)) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What a status other than success means (D5, D6); 400 and 413 are charged to the message only where there is one. */
export function statusFailure(
  status: number,
  request: 'query' | 'other',
  retryAfter: string | undefined,
  nowMs: number,
  path?: string,
): ReputationFailure {
  const message = `the server answered ${status}${path === undefined ? '' : ` for ${path}`}`;
  if (status === 429) {
    return new ReputationFailure('throttled', message, { retryAfterMs: retryAfterMs(retryAfter, nowMs) });
  }
  if (status === 401 || status === 403) return new ReputationFailure('credentials', message);
  if (request === 'query' && (status === 400 || status === 413)) return new ReputationFailure('message', message);
  return new ReputationFailure('status', message);
}
