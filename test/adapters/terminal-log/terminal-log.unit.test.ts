import { describe, expect, test } from 'vitest';
import { createTerminalLog, type TerminalLogOptions } from '../../../src/adapters/terminal-log/terminal-log.ts';
import type { Envelope } from '../../../src/events/envelope.ts';

function logTo(options: Partial<TerminalLogOptions> = {}) {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  return { log: createTerminalLog({ level: 'info', format: 'json', stream, now: () => 0, ...options }), lines };
}

const messages = (lines: readonly string[]) => lines.map((line) => (JSON.parse(line) as { msg: string }).msg);

const tripped: Envelope = {
  specversion: '1.0',
  id: 'a.1',
  source: '/sekisho/gateway/mx1',
  type: 'sekisho.server.cached-invalid.v1',
  time: '2026-01-02T03:04:05.678Z',
  subject: 'server/sps.example.org:443',
  datacontenttype: 'application/json',
  dataschema: 'urn:x',
  correlationid: 'ABC',
  streamversion: 12,
  severitytext: 'ERROR',
  data: {
    from: 'Failing',
    state: 'CachedInvalid',
    failCount: 11,
    trigger: { error: { message: 'no answer in 1500 ms' } },
  },
};

describe('an event', () => {
  test('is one JSON line with its own time, type, subject, sequence and scan', () => {
    const { log, lines } = logTo();
    log.logEvent({ sequence: 7, event: tripped });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'error',
      time: '2026-01-02T03:04:05.678Z',
      severity: 'ERROR',
      type: 'sekisho.server.cached-invalid.v1',
      subject: 'server/sps.example.org:443',
      sequence: 7,
      scan: 'ABC',
      msg: 'server/sps.example.org:443 cached-invalid failCount=11 (no answer in 1500 ms)',
    });
  });

  test('without a sequence is taken, too', () => {
    const { log, lines } = logTo();
    log.logEvent(tripped);
    expect(messages(lines)).toEqual(['server/sps.example.org:443 cached-invalid failCount=11 (no answer in 1500 ms)']);
  });

  test('is one readable line in the pretty format', () => {
    const { log, lines } = logTo({ format: 'pretty' });
    log.logEvent(tripped);
    expect(lines.join('')).toMatch(
      /^\[\d\d:\d\d:\d\d\.678\] ERROR: server\/sps\.example\.org:443 cached-invalid .*\n$/,
    );
  });

  test('tells the plain values of its data and of what lies directly within', () => {
    const { log, lines } = logTo();
    const verdict = { verdict: 'malware', action: 'quarantine', malware: [{ name: 'X' }], components: { agent: '7' } };
    log.logEvent({ ...tripped, type: 'sekisho.scan.verdict.v1', subject: 'scan/ABC', data: { verdict } });
    expect(messages(lines)).toEqual(['scan/ABC verdict verdict=malware action=quarantine']);
  });

  test('below the level does not show', () => {
    const { log, lines } = logTo({ level: 'warn' });
    for (const severitytext of ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const) log.logEvent({ ...tripped, severitytext });
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['warn', 'error']);
  });

  test('of any length stays a line of bounded length', () => {
    const { log, lines } = logTo();
    const data = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`name${index}`, 'x'.repeat(1000)]));
    log.logEvent({ ...tripped, data });
    expect(messages(lines)[0]?.length).toBeLessThan(500);
  });
});

describe('smart-scan.md section 2: the lines for a message whose query failed', () => {
  const exact = [
    '[NORMAL][iCRC] ICRC_QUERY_ERR_NETWORK_TIMEOUT',
    '[NORMAL]Abort Scanning due to SmartScan query error',
    'Error: scan module internal error for 3F2504E0-4F89-41D3-9A0C-0305E82C3301',
  ];

  test.each(['debug', 'info', 'warn', 'error'] as const)('are exact at level %s, the GUID in upper case', (level) => {
    const { log, lines } = logTo({ level });
    log.logQueryFailure('3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'ICRC_QUERY_ERR_NETWORK_TIMEOUT');
    expect(messages(lines)).toEqual(exact);
  });

  test('are exact in the pretty format', () => {
    const { log, lines } = logTo({ format: 'pretty' });
    log.logQueryFailure('3F2504E0-4F89-41D3-9A0C-0305E82C3301', 'ICRC_QUERY_ERR_NETWORK_TIMEOUT');
    expect(lines.map((line) => line.replace(/^\[.*?\] ERROR: /, '').trimEnd())).toEqual(exact);
  });

  test('D4: carry the name of the failure', () => {
    const { log, lines } = logTo();
    log.logQueryFailure('A', 'ICRC_QUERY_ERR_NETWORK_DNS');
    expect(messages(lines)[0]).toBe('[NORMAL][iCRC] ICRC_QUERY_ERR_NETWORK_DNS');
  });
});

describe('what came from outside', () => {
  test('cannot make lines or colours of its own', () => {
    const { log, lines } = logTo({ format: 'pretty' });
    log.log('INFO', 'file \u001b[31mred\r\nfake: all clean\u202Efdp.exe');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('file \\u{1b}[31mred\\u{d}\\u{a}fake: all clean\\u{202e}fdp.exe\n');
  });

  test('is escaped in subjects and data, too', () => {
    const { log, lines } = logTo();
    log.logEvent({ ...tripped, subject: 'server/a\u001b', data: { name: 'b\u0007' }, correlationid: 'c\u009b' });
    expect(lines.join('').trimEnd()).not.toMatch(/\\u00|\p{Cc}/u);
  });

  test.each([
    ['http://me:hunter2@proxy:3128/', 'http://***@proxy:3128/'],
    ['Authorization: Basic aHVudGVyMg==', 'Authorization: ***'],
    ['sent "x-apikey": "hunter2"', 'sent "x-apikey": ***'],
    ['got Bearer aHVudGVyMg-hunter2', 'got Bearer ***'],
  ])('invariant 9: no secret of %s shows', (text, shown) => {
    const { log, lines } = logTo();
    log.log('INFO', text);
    expect(messages(lines)).toEqual([shown]);
  });

  test.each(['password', 'smtpPassword', 'apiKey', 'token', 'proxyAuthorization', 'clientSecret'])(
    'invariant 9: the value of %s never shows',
    (name) => {
      const { log, lines } = logTo();
      log.logEvent({ ...tripped, data: { [name]: 'hunter2', proxy: { [name]: 'hunter2' } } });
      expect(lines.join('')).not.toContain('hunter2');
      expect(lines.join('')).toContain(`${name}=***`);
    },
  );
});
