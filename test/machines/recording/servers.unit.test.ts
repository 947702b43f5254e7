import { describe, expect, test } from 'vitest';
import { method, server } from '../../../src/machines/recording/servers.ts';

describe('severity of a server event', () => {
  const severity = (from: string, state: string, event = '') => server.severity({} as never, state, from, event);

  test('the trip is an error; a server that fails over is none yet, as another may be left (D16)', () => {
    expect(severity('Failing', 'CachedInvalid.Unasked')).toBe('ERROR');
    expect(severity('CachedInvalid.Connecting', 'FailedOver.Resting')).toBe('WARN');
  });

  test('an answer that comes after the trip is none (D12)', () => {
    expect(severity('CachedInvalid.Unasked', 'CachedInvalid.Unasked')).toBe('INFO');
  });

  test('refused credentials are an error, which waiting does not mend (D5)', () => {
    expect(severity('Failing', 'Failing', 'CREDENTIALS_REFUSED')).toBe('ERROR');
  });

  test('an outage is told once: neither failed probes nor a restart repeat it (D10)', () => {
    expect(severity('FailedOver.Probing', 'FailedOver.Unrecovered')).toBe('INFO');
    expect(severity('Starting', 'FailedOver.Probing')).toBe('INFO');
  });
});

describe('severity of the search method', () => {
  const severity = (from: string, state: string, wasConventional = false) =>
    method.severity({ wasConventional } as never, state, from, '');

  test('the failover is an error, once: not again after a restart in the outage (D10)', () => {
    expect(severity('Smart', 'Conventional')).toBe('ERROR');
    expect(severity('Starting', 'Conventional')).toBe('ERROR');
    expect(severity('Starting', 'Conventional', true)).toBe('INFO');
    expect(severity('Smart', 'Conventional', true)).toBe('ERROR');
  });

  test('what somebody has set, and the return, are none', () => {
    expect(severity('Starting', 'ConventionalBySetting')).toBe('INFO');
    expect(severity('Conventional', 'Smart')).toBe('INFO');
  });
});
