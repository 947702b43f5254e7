/**
 * With every answer: nothing of it is kept, framed, run or guessed at. There is no CORS: pages of others get no answer. HSTS is left
 * out: it would count for every port of this host, also for the metrics, which have no TLS.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
