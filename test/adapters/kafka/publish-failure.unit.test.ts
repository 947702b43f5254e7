import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { publishFailure, topicsMissing } from '../../../src/adapters/kafka/publish-failure.ts';

const protocolError = (type: string) => Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type });

test.each<[string, string, string | undefined]>([
  ['SASL_AUTHENTICATION_FAILED', 'refused', undefined],
  ['TOPIC_AUTHORIZATION_FAILED', 'refused', undefined],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'stuck', 'sekisho kafka init'],
  ['INVALID_TIMESTAMP', 'stuck', 'set the clocks of this machine and of the broker'],
  ['NOT_LEADER_FOR_PARTITION', 'away', undefined],
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'away', undefined],
])('%s: %s', (type, kind, remedy) => {
  expect(publishFailure(protocolError(type))).toMatchObject({ kind, remedy, message: type });
});

test('a password or certificate file that cannot be read is somebody to mend', async () => {
  const error = await readFile('/nowhere/password').catch((reason) => reason);
  expect(publishFailure(error)).toMatchObject({
    kind: 'refused',
    message: expect.stringContaining('/nowhere/password'),
  });
});

test('missing topics are named, with what to do', () => {
  expect(topicsMissing(['a']).message).toBe('the topic a is missing');
  expect(topicsMissing(['a', 'b'])).toMatchObject({
    message: 'the topics a, b are missing',
    remedy: 'sekisho kafka init',
  });
  expect(publishFailure(topicsMissing(['a'])).kind).toBe('stuck');
});
