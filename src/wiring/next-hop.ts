import type { NextHop } from '../actors/ports/mail.ts';
import { createNextHop } from '../adapters/next-hop/next-hop.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { TellProblem } from './tell-problem.ts';

/** The next hop of `[next_hop]`. */
export function nextHop({ next_hop, smtp }: Settings, onProblem: TellProblem): NextHop {
  return createNextHop(next_hop.url, {
    connectionsMax: next_hop.connections_max,
    connectTimeoutMs: next_hop.connect_seconds_max * 1000,
    commandTimeoutMs: next_hop.command_seconds_max * 1000,
    dataTimeoutMs: next_hop.data_seconds_max * 1000,
    idleMs: next_hop.idle_seconds_max * 1000,
    heloName: smtp.hostname,
    looseDots: smtp.bare_line_ends === 'keep' ? 'keep' : 'refuse',
    onProblem: (problem) => onProblem(problem, undefined),
  });
}
