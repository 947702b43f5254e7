import { describe, expect, test } from 'vitest';
import { ReputationFailure } from '../../../src/actors/ports/reputation.ts';
import { failureOf, statusFailure } from '../../../src/adapters/sps-client/failure.ts';

const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

describe('D5: what an error means', () => {
  test.each([
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'reset'],
    ['UND_ERR_SOCKET', 'reset'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['HPE_INVALID_CONSTANT', 'response'],
  ])('%s before the answer is %s', (code, kind) => {
    expect(failureOf(coded(code), 'before-answer', false).kind).toBe(kind);
  });

  test('a connection that breaks in the answer makes it truncated, but a timeout stays one', () => {
    expect(failureOf(coded('UND_ERR_SOCKET'), 'in-answer', false).kind).toBe('response');
    expect(failureOf(coded('ECONNRESET'), 'in-answer', false).kind).toBe('response');
    expect(failureOf(coded('UND_ERR_BODY_TIMEOUT'), 'in-answer', false).kind).toBe('timeout');
  });

  test('of several addresses the first that says something stands for all', () => {
    const all = new AggregateError([coded('EHOSTUNREACH'), coded('ECONNREFUSED')]);
    expect(failureOf(all, 'before-answer', false).kind).toBe('unreachable');
  });

  test('with a proxy, what cannot be reached or found is the proxy; the certificate is still the server’s', () => {
    expect(failureOf(coded('ECONNREFUSED'), 'before-answer', true).kind).toBe('proxy');
    expect(failureOf(coded('ENOTFOUND'), 'before-answer', true).kind).toBe('proxy');
    expect(failureOf(coded('UND_ERR_ABORTED', 'Proxy response (407) !== 200'), 'before-answer', true).kind).toBe(
      'proxy',
    );
    expect(failureOf(coded('CERT_HAS_EXPIRED'), 'before-answer', true).kind).toBe('tls');
  });

  test('an unknown authority says which setting is about it, not how to run Node', () => {
    const advice =
      'unable to verify the first certificate; if the root CA is installed locally, try running Node.js with x';
    const { message } = failureOf(coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE', advice), 'before-answer', false);
    expect(message).toBe('unable to verify the first certificate: is its authority in the ca_file?');
  });

  test('a failure that is one already stays as it is', () => {
    const failure = new ReputationFailure('tls', 'x');
    expect(failureOf(failure, 'in-answer', true)).toBe(failure);
  });
});

describe('D5, D6: what a status means', () => {
  test.each([
    [400, 'message'],
    [413, 'message'],
    [401, 'credentials'],
    [403, 'credentials'],
    [429, 'throttled'],
    [204, 'status'],
    [302, 'status'],
    [404, 'status'],
    [500, 'status'],
    [503, 'status'],
  ])('%i of a query is %s', (status, kind) => {
    expect(statusFailure(status, 'query', undefined, 0).kind).toBe(kind);
  });

  test('says of what, where that is known', () => {
    expect(statusFailure(404, 'other', undefined, 0, '/x.json').message).toBe('the server answered 404 for /x.json');
  });

  test('without a message there is nobody else to charge', () => {
    expect(statusFailure(400, 'other', undefined, 0).kind).toBe('status');
    expect(statusFailure(413, 'other', undefined, 0).kind).toBe('status');
  });

  test('429 says how long', () => {
    expect(statusFailure(429, 'query', '5', 0).retryAfterMs).toBe(5000);
    expect(statusFailure(503, 'query', '5', 0).retryAfterMs).toBeUndefined();
  });
});
