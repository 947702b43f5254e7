import { describe, expect, test } from 'vitest';
import { streamRules } from '../../src/machines/recording.ts';

describe('severity of a server event', () => {
  const severity = (from: string, state: string) => streamRules.server?.severity({}, state, from);

  test('the trip and the failover are errors', () => {
    expect(severity('Failing', 'CachedInvalid.Unasked')).toBe('ERROR');
    expect(severity('CachedInvalid.Connecting', 'FailedOver.Resting')).toBe('ERROR');
  });

  test('an answer that comes after the trip is none (D12)', () => {
    expect(severity('CachedInvalid.Unasked', 'CachedInvalid.Unasked')).toBe('INFO');
  });

  test('an outage is told once: neither failed probes nor a restart repeat it (D10)', () => {
    expect(severity('FailedOver.Probing', 'FailedOver.Unrecovered')).toBe('INFO');
    expect(severity('Starting', 'FailedOver.Probing')).toBe('INFO');
  });
});
