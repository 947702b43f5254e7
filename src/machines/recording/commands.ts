import type { CommandContext } from '../command.ts';
import type { StreamRule } from './stream-rule.ts';

/** A command at one gateway. */
export const command: StreamRule<CommandContext> = {
  lane: 'commands',
  subject: ({ command: id, gateway }) => `command/${id}/${gateway}`,
  correlation: ({ command: id }) => id,
  input: ({ command: id, gateway, order, problem, givenBy, givenMs, receivedMs, validMs, interrupted }) => ({
    ...{ command: id, gateway, order, problem, givenBy, givenMs, receivedMs, validMs, interrupted },
  }),
  facts: ({ command: id, order, reason, failure, result }) => ({ command: id, order, reason, failure, result }),
  severity: (_context, state) => (({ Refused: 'WARN', Failed: 'ERROR' }) as const)[state] ?? 'INFO',
};
