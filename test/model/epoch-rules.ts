import type { GatewayRules, MessageFacts } from './gateway-rules.ts';
import { MessageRules, type RulesCall, type RulesQuery } from './message-rules.ts';
import { type RuleEvent, type RuleState, reduce, start, type Timer } from './rules.ts';

/** What an epoch runs under. */
export interface RulesSettings {
  /** `host:port`, in the order of the list. */
  servers: readonly string[];
  threshold: number;
  failOver: boolean;
  cacheMs: number;
  queryTimeoutMs: number;
  queryTotalMs: number;
  connectMs: number;
  messageMs: number;
  retryAfterMs: number;
}

const timers: Timer[] = ['cacheTime', 'connectTime', 'probeTime', 'throttleTime'];

/** One epoch of the scan service (D10): its servers by the oracle, and what is asked of them. */
export class EpochRules {
  readonly rules: GatewayRules;
  readonly number: number;
  readonly settings: RulesSettings;
  servers: RuleState[];
  /** Over: its states stand still, late answers do not count. */
  retired = false;
  /** Queries in flight: a hash is asked about once (D1). */
  readonly inFlight: RulesQuery[] = [];
  /** D11: the pattern of the list, of whoever answered first. */
  patternId: string | undefined;
  /** Messages that wait for a connect attempt. */
  readonly waiting: MessageRules[] = [];
  /** Connect attempt or probe of each server. */
  readonly #own: (RulesCall | undefined)[];

  constructor(rules: GatewayRules, number: number, settings: RulesSettings, failedOver: readonly string[]) {
    this.rules = rules;
    this.number = number;
    this.settings = settings;
    const { threshold, cacheMs, connectMs, failOver } = settings;
    this.servers = settings.servers.map((name) =>
      start({ threshold, cacheMs, connectMs, failOver, wasFailedOver: failedOver.includes(name) }, rules.nowMs),
    );
    this.#own = this.servers.map(() => undefined);
  }

  name(index: number): string {
    return this.settings.servers[index] ?? '';
  }

  isUsable(index: number): boolean {
    const server = this.servers[index]?.server;
    return server === 'Healthy' || server === 'Failing';
  }

  failedOver(): string[] {
    return this.settings.servers.filter((_, index) => this.servers[index]?.server === 'FailedOver');
  }

  /** D16, D11: a server that is left out has no say. */
  isConventional(): boolean {
    const asked = this.servers.filter(({ server }) => server !== 'LeftOut');
    return asked.length > 0 && asked.every(({ server }) => server === 'FailedOver');
  }

  receive(facts: MessageFacts): void {
    const message = new MessageRules(this, facts);
    this.rules.messages.set(facts.id, message);
    this.messageReceived();
    message.begin();
  }

  /** D14: any message starts the attempts that are due. */
  messageReceived(): void {
    for (const index of this.servers.keys()) this.tell(index, { type: 'MESSAGE_RECEIVED', at: this.rules.nowMs });
  }

  throttle(index: number): void {
    this.tell(index, { type: 'THROTTLED', retryAfterMs: this.settings.retryAfterMs });
  }

  /** Something happened to a server. */
  tell(index: number, event: RuleEvent): void {
    const state = this.servers[index];
    if (this.retired || !state) return;
    this.servers[index] = reduce({ ...state, now: this.rules.nowMs }, event);
    this.#follow(index);
  }

  timeOver(index: number, timer: string): void {
    this.tell(index, { type: 'TIME_OVER', timer: timer as Timer });
  }

  /** The probes of servers that were failed over begin at once (D10); without any the epoch takes messages at once. */
  startedProbing(): void {
    for (const index of this.servers.keys()) this.#follow(index);
  }

  retire(): void {
    this.retired = true;
    this.rules.agenda.clear('server ');
    for (const call of this.#own) this.rules.drop(call);
    this.wake();
  }

  /** Attempts are over: whoever waited goes on. */
  wake(): void {
    if (!this.retired && this.servers.some(({ attempt }) => attempt)) return;
    for (const message of this.waiting.splice(0)) message.attemptsOver();
  }

  /** Timers, connect attempt and probe follow the state. */
  #follow(index: number): void {
    const state = this.servers[index];
    if (!state) return;
    for (const timer of timers) this.rules.agenda.set(`server ${index} ${timer}`, state.deadlines[timer]);
    const own = this.#own[index];
    const wanted = state.attempt ? 'attempt' : state.probing ? 'probe' : undefined;
    if (own?.purpose !== wanted) {
      this.rules.drop(own);
      this.#own[index] = undefined;
      if (wanted === 'attempt') this.#ask(index, 'attempt', 'connect', [], 'CONNECTED', 'NOT_CONNECTED');
      if (wanted === 'probe') this.#ask(index, 'probe', 'filter', [], undefined, 'PROBE_FAILED');
    }
    this.wake();
    if (this.rules.current !== this && !this.servers.some(({ probing }) => probing)) this.rules.current = this;
  }

  /** D13, D16: a probe is a version check and then the canary query. */
  #ask(
    index: number,
    purpose: 'attempt' | 'probe',
    kind: RulesCall['kind'],
    hashes: readonly string[],
    good: 'CONNECTED' | 'PROBE_PASSED' | undefined,
    bad: 'NOT_CONNECTED' | 'PROBE_FAILED',
  ): void {
    const call: RulesCall = {
      kind,
      purpose,
      server: this.name(index),
      epoch: this.number,
      hashes,
      end: (outcome) => {
        this.#own[index] = undefined;
        if (outcome !== 'ok') this.tell(index, { type: bad });
        else if (good) this.tell(index, { type: good });
        else this.#ask(index, purpose, 'query', ['canary'], 'PROBE_PASSED', bad);
      },
    };
    this.#own[index] = call;
    this.rules.call(call);
  }
}
