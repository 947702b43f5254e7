import { expect } from 'vitest';
import type { ScanSettings } from '../../src/actors/scan-settings.ts';
import { serverList } from '../support/actor-system.ts';
import type { RulesSettings } from './epoch-rules.ts';
import { GatewayRules } from './gateway-rules.ts';
import { callName, checkTimes, GatewayWorld, type WalkFile } from './gateway-world.ts';
import type { RulesCall } from './message-rules.ts';
import { Outage } from './outage.ts';
import { outcomeIn, type ServerMode } from './server-modes.ts';
import type { SmtpFront } from './smtp-front.ts';

/** What a walk begins with. */
export interface WalkSettings {
  servers: number;
  threshold: number;
  failOver: boolean;
}

/** Rules and gateway side by side: everything happens to both, and after each step both must look alike. */
export class GatewayWalk {
  readonly world: GatewayWorld;
  readonly rules: GatewayRules;
  readonly modes: ServerMode[];
  settings: WalkSettings;
  outage: Outage | undefined;
  steps = 0;
  #messages = 0;

  private constructor(front: SmtpFront, settings: WalkSettings) {
    this.settings = settings;
    this.world = new GatewayWorld(front, scanSettings(settings));
    this.rules = new GatewayRules(this.world.system.clock.now(), this.#rulesSettings(), checkTimes);
    this.modes = Array.from({ length: settings.servers }, () => 'up');
  }

  static async begin(front: SmtpFront, settings: WalkSettings): Promise<GatewayWalk> {
    const walk = new GatewayWalk(front, settings);
    const started = walk.world.start();
    await walk.world.rest();
    await walk.#serve();
    await started;
    return walk;
  }

  #rulesSettings(): RulesSettings {
    const { threshold, failOver } = this.settings;
    const { servers, cacheMs, queryTimeoutMs, queryTotalMs, messageMs } = this.world.system.settings;
    const names = servers.map(({ id }) => id);
    const times = { cacheMs, queryTimeoutMs, queryTotalMs, messageMs, connectMs: 3000, retryAfterMs: 30_000 };
    return { servers: names, threshold, failOver, ...times };
  }

  async send(contents: readonly (readonly WalkFile[])[]): Promise<void> {
    const messages = contents.map((files) => this.world.prepare(`m${++this.#messages}`, files));
    for (const id of await this.world.send(messages)) {
      const message = messages.find(({ facts }) => facts.id === id);
      if (message) this.rules.receive(message.facts);
    }
    await this.#serve();
  }

  async setMode(servers: readonly number[], mode: ServerMode): Promise<void> {
    for (const index of servers) this.modes[index] = mode;
    this.outage = Outage.of(this.rules, this.modes, this.outage);
    await this.#serve();
  }

  /** Ends one of the requests that are held. */
  async settle(which: number, outcome: string): Promise<void> {
    const held = this.held();
    const call = held[which % held.length];
    // Only an answer to a message's query has a pattern to compare.
    const isAnswer = call?.kind === 'query' && !call.purpose;
    if (call) await this.#end(call, outcome === 'other-pattern' && !isAnswer ? 'ok' : outcome);
    await this.#serve();
  }

  held(): RulesCall[] {
    return this.rules.calls.filter((call) => this.#mode(call) === 'held');
  }

  waiting(): string[] {
    return this.world.waiting();
  }

  async leave(id: string): Promise<void> {
    await this.world.leave(id);
    this.rules.leave(id);
    await this.#serve();
  }

  async restart(settings: WalkSettings): Promise<void> {
    this.settings = settings;
    this.outage = undefined;
    this.world.system.settings = { ...this.world.system.settings, ...scanSettings(settings) };
    this.world.system.gateway.restart('command');
    await this.world.rest();
    this.rules.restart(this.#rulesSettings());
    await this.#serve();
  }

  async setJournal(state: 'open' | 'full'): Promise<void> {
    this.world.system.journal.become(state);
    this.rules.journalOpen = state === 'open';
    await this.#serve();
  }

  /** Lets time pass, from one thing that happens by itself to the next. */
  async wait(ms: number): Promise<void> {
    const { clock } = this.world.system;
    const endMs = clock.now() + ms;
    for (;;) {
      const dueMs = Math.min(clock.nextDueMs() ?? endMs, this.rules.agenda.nextDueMs() ?? endMs, endMs);
      clock.moveTo(dueMs);
      this.rules.nowMs = dueMs;
      while (clock.fireDue()) await this.world.rest();
      this.rules.runDue();
      await this.#serve();
      if (dueMs === endMs) return;
    }
  }

  /** Requests to servers that need no telling are answered, in order; then all must agree. */
  async #serve(): Promise<void> {
    this.compare();
    for (let served = 0; ; served++) {
      if (served > 1000) throw new Error('requests follow each other without end');
      const call = this.rules.calls.find((each) => outcomeIn(this.#mode(each), each) !== undefined);
      if (!call) return;
      await this.#end(call, outcomeIn(this.#mode(call), call) ?? '');
    }
  }

  async #end(call: RulesCall, outcome: string): Promise<void> {
    await this.world.settle(call, outcome);
    this.rules.settle(call, outcome);
    this.compare();
  }

  #mode(call: RulesCall): ServerMode {
    const { servers } = this.world.system.settings;
    return this.modes[servers.findIndex(({ id }) => id === call.server)] ?? 'up';
  }

  /** Whatever can be seen of the gateway is what the rules say. */
  compare(): void {
    this.steps++;
    expect(this.world.seen(), 'what is seen of the gateway (left: by the rules)').toEqual(this.#foreseen());
    expect(this.world.watch.broken).toEqual([]);
    expect(this.world.system.problems).toEqual([]);
    this.outage?.check(this.rules);
  }

  #foreseen(): string[] {
    const { newest, calls, messages, outcomes } = this.rules;
    return [
      ...newest.servers.map(({ server, queryFailures, versionFailures }, index) => {
        const count = `${queryFailures + versionFailures} (${queryFailures} + ${versionFailures})`;
        return `${newest.name(index)}: ${server}, failures ${count}`;
      }),
      ...calls.map((call) => `request: ${callName(call)}`).sort(),
      ...this.world.ids().map((id) => {
        const outcome = outcomes.get(id);
        if (!outcome) return `${id}: ${messages.get(id)?.isOver ? 'gone' : 'waits'}`;
        if (outcome.code === 451) return `${id}: 451 Email rejected for a scanning error.`;
        if (outcome.code !== 250) return `${id}: ${outcome.code}`;
        return `${id}: 250 ${outcome.delivered ? 'delivered' : 'kept'}, ${outcome.method}, ${outcome.verdict}`;
      }),
    ];
  }

  /** At the end everybody gets an answer, nothing is left over, and the log tells it all. */
  async end(): Promise<void> {
    await this.wait(this.world.system.settings.messageMs + 7);
    expect(this.world.waiting()).toEqual([]);
    for (const { id } of this.world.system.settings.servers) this.world.watch.checkFold(id);
    expect(this.world.watch.broken).toEqual([]);
    expect(this.world.system.nextHop.open).toBe(0);
  }
}

function scanSettings({ servers, threshold, failOver }: WalkSettings): Partial<ScanSettings> {
  return {
    servers: serverList(servers),
    threshold,
    failOver,
    queryTimeoutMs: 3100,
    queryTotalMs: 5000,
    scansMax: 100_000,
  };
}
