import { expect, test } from 'vitest';
import type { FailureKind } from '../../src/actors/ports/reputation.ts';
import { failureName } from '../../src/events/failure-names.ts';

test.each<[FailureKind, string]>([
  ['timeout', 'ICRC_QUERY_ERR_NETWORK_TIMEOUT'],
  ['refused', 'ICRC_QUERY_ERR_NETWORK_REFUSED'],
  ['dns', 'ICRC_QUERY_ERR_NETWORK_DNS'],
  ['tls', 'ICRC_QUERY_ERR_NETWORK_TLS'],
  ['response', 'ICRC_QUERY_ERR_RESPONSE'],
  ['status', 'ICRC_QUERY_ERR_STATUS'],
])('D4: %s is %s', (kind, name) => {
  expect(failureName(kind)).toBe(name);
});
