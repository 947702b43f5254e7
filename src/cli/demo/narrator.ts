import { styleText } from 'node:util';
import type { Reply } from '../../actors/ports/mail.ts';
import { lineText } from '../../adapters/terminal-log/event-summary.ts';
import type { Recorded } from '../../events/envelope.ts';
import { textLine } from '../events.ts';

/** Tells the story on standard output; in colour on a terminal. */
export interface Narrator {
  /** The next step and what it is about. */
  step(title: string): void;
  /** What happens and why, in plain words. */
  say(...lines: readonly string[]): void;
  /** Quotes lines of a program or a file. */
  quote(lines: readonly string[]): void;
  /** One SMTP command and its reply. */
  reply(command: string, reply: Reply): void;
  /** A system event as it is worded for the log query (smart-scan.md sections 4 and 5). */
  systemEvent(level: 'error', text: string): void;
  /** Events as `sekisho events` shows them. */
  events(recorded: readonly Recorded[]): void;
}

type Style = Parameters<typeof styleText>[0];

/** @param stepCount how many steps there will be */
export function createNarrator(stepCount: number): Narrator {
  let step = 0;
  const write = (text: string) => process.stdout.write(`${text}\n`);
  const styled = (style: Style, text: string) => styleText(style, text, { stream: process.stdout });
  return {
    step(title) {
      step++;
      write(`\n${styled(['bold', 'cyan'], `[${step}/${stepCount}] ${title}`)}`);
    },
    say: (...lines) => write(lines.join('\n')),
    quote: (lines) => write(lines.map((line) => styled('dim', `    | ${lineText(line)}`)).join('\n')),
    reply(command, { code, text }) {
      const colour = code < 300 ? 'green' : 'yellow';
      write(`  ${command.padEnd(34)} ${styled(['bold', colour], `${code} ${lineText(text)}`)}`);
    },
    systemEvent: (level, text) => write(`  ${styled(['bold', 'red'], `system event, level ${level}: ${text}`)}`),
    events: (recorded) => write(recorded.map(textLine).join('\n')),
  };
}
