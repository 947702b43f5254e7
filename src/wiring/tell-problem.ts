import type { TerminalLog } from '../adapters/terminal-log/terminal-log.ts';

/** Told what does not work as it should, by a part that goes on. @param error undefined where the problem says all */
export type TellProblem = (problem: string, error: unknown) => void;

/** One line for people. */
export function problemText(problem: string, error: unknown): string {
  return error === undefined ? problem : `${problem}: ${error instanceof Error ? error.message : String(error)}`;
}

/** Tells the log. */
export function problemTeller(log: TerminalLog): TellProblem {
  return (problem, error) => log.log('WARN', problemText(problem, error));
}
