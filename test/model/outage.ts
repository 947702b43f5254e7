import { expect } from 'vitest';
import type { EpochRules } from './epoch-rules.ts';
import type { GatewayRules } from './gateway-rules.ts';
import { isUnreachable, type ServerMode } from './server-modes.ts';

/**
 * A time in which every server of the list is unreachable, from a moment at which none was invalid: D15 bounds the
 * messages that get 451 in it.
 */
export class Outage {
  readonly #epoch: EpochRules;
  readonly #before: ReadonlySet<string>;

  private constructor(rules: GatewayRules) {
    this.#epoch = rules.newest;
    this.#before = new Set(rules.outcomes.keys());
  }

  /** The outage that goes on or begins under these modes, if any. */
  static of(rules: GatewayRules, modes: readonly ServerMode[], before: Outage | undefined): Outage | undefined {
    if (!modes.every(isUnreachable) || !rules.newest.settings.failOver) return undefined;
    if (before) return before;
    const allUsable = rules.newest.servers.every((_, index) => rules.newest.isUsable(index));
    return allUsable ? new Outage(rules) : undefined;
  }

  /** At most threshold + 1 for each server of the list. */
  check(rules: GatewayRules): void {
    const { threshold, servers } = this.#epoch.settings;
    const refused = [...rules.outcomes].filter(
      ([id, { code, byTime }]) =>
        code === 451 && !byTime && !this.#before.has(id) && rules.messages.get(id)?.epoch === this.#epoch,
    );
    expect(refused.length, 'messages with 451 in one outage (D15)').toBeLessThanOrEqual(
      (threshold + 1) * servers.length,
    );
  }
}
