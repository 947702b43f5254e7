import { isatty } from 'node:tty';
import { type Level, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Envelope, Recorded, Severity } from '../../events/envelope.ts';
import { eventSummary, lineText } from './event-summary.ts';
import { type LineOutput, standardOutput } from './output.ts';

/** The program's own log on standard output. No method throws or waits. */
export interface TerminalLog {
  /** One line for an event: time, severity, subject and a few words; in JSON also type, sequence and scan. */
  logEvent(event: Recorded | Envelope): void;
  /**
   * The three lines of smart-scan.md section 2, for a message whose query failed.
   * `failureName` is that of D4, e.g. `ICRC_QUERY_ERR_NETWORK_TIMEOUT`.
   */
  logQueryFailure(scanId: string, failureName: string): void;
  /** A notice of the program itself: started, a port, a problem that is no event. */
  log(severity: Severity, message: string): void;
  /** Resolves when all lines are out; to be awaited before the process ends. */
  flush(): Promise<void>;
}

/** How to log. */
export interface TerminalLogOptions {
  /** The least severity that shows. */
  level: 'debug' | 'info' | 'warn' | 'error';
  /** `auto`: pretty on a terminal, JSON lines otherwise. */
  format: 'auto' | 'pretty' | 'json';
  /** Instead of standard output: takes whole lines. */
  stream?: { write(line: string): void };
  /** Milliseconds since 1970, for lines that are no events. */
  now?: () => number;
}

const levels: Readonly<Record<Severity, Level>> = { DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' };

/** Makes the log. */
export function createTerminalLog({ level, format, stream, now = Date.now }: TerminalLogOptions): TerminalLog {
  const output: LineOutput = stream
    ? { write: (line) => stream.write(line), flush: () => Promise.resolve() }
    : standardOutput((lineCount) => log('WARN', `${lineCount} lines were left out: standard output is too slow`));
  const isTerminal = stream === undefined && isatty(1);
  const isPretty = format === 'pretty' || (format === 'auto' && isTerminal);
  const logger = pino(
    { level, base: null, timestamp: false, formatters: { level: (label) => ({ level: label }) } },
    isPretty ? prettyLines(output, isTerminal) : output,
  );
  const time = () => new Date(now()).toISOString();

  function log(severity: Severity, message: string): void {
    logger[levels[severity]]({ time: time() }, lineText(message));
  }

  return {
    log,
    logEvent(given) {
      const { sequence, event } = 'event' in given ? given : { sequence: undefined, event: given };
      // Most events are below the level: they must cost nothing.
      if (!logger.isLevelEnabled(levels[event.severitytext])) return;
      const { type, subject, correlationid } = event;
      const scan = correlationid === undefined ? undefined : lineText(correlationid);
      const fields = {
        time: event.time,
        severity: event.severitytext,
        type,
        subject: lineText(subject),
        sequence,
        scan,
      };
      logger[levels[event.severitytext]](fields, lineText(`${subject} ${eventSummary(event)}`));
    },
    logQueryFailure(scanId, failureName) {
      const scan = lineText(scanId.toUpperCase());
      // All three as errors: at whatever level, the log must hold them for the message that got 451.
      const lines = [
        `[NORMAL][iCRC] ${lineText(failureName)}`,
        '[NORMAL]Abort Scanning due to SmartScan query error',
        `Error: scan module internal error for ${scan}`,
      ];
      for (const line of lines) logger.error({ time: time(), scan }, line);
    },
    flush: () => output.flush(),
  };
}

function prettyLines(output: LineOutput, colorize: boolean): { write(line: string): void } {
  const pretty = prettyFactory({
    colorize,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'severity,type,subject,sequence,scan',
    singleLine: true,
  });
  return { write: (line) => output.write(pretty(line)) };
}
