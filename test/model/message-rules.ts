import type { EpochRules } from './epoch-rules.ts';
import type { MessageFacts } from './gateway-rules.ts';
import { treatmentOfFailure } from './rules.ts';

/** A request that must be made to a server. */
export interface RulesCall {
  kind: 'query' | 'connect' | 'filter';
  server: string;
  epoch: number;
  hashes: readonly string[];
  purpose?: 'attempt' | 'probe';
  /** Name of the timer that ends it. */
  timer?: string;
  /** @param outcome `ok`, `other-pattern`, or the kind of failure */
  end(outcome: string): void;
}

/** What becomes of a message. */
export interface Outcome {
  code: number;
  /** The next hop has it. */
  delivered: boolean;
  method?: 'smart' | 'conventional';
  verdict?: 'clean' | 'malware' | 'unscannable';
  /** Bounded by the message's own time (D18), not by a query. */
  byTime?: boolean;
}

/** One query over the list (D7, D11). */
export interface RulesQuery {
  hashes: readonly string[];
  owner: MessageRules;
  /** Who else waits for it: its success is theirs, its failure is not. */
  readonly others: Set<MessageRules>;
}

type Treatment = 'deferred' | 'while-invalid';
let queries = 0;

/** The way of one message. */
export class MessageRules {
  readonly epoch: EpochRules;
  readonly facts: MessageFacts;
  #over = false;
  readonly #answered = new Set<string>();
  /** Queries that this message waits for. */
  readonly #waitsFor = new Set<RulesQuery>();

  constructor(epoch: EpochRules, facts: MessageFacts) {
    this.epoch = epoch;
    this.facts = facts;
    epoch.rules.agenda.set(`message ${facts.id}`, epoch.rules.nowMs + epoch.settings.messageMs);
  }

  /** Answered, given up, or timed out. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Section 1, in its order; D16: conventional exactly when every server is failed over. */
  begin(): void {
    const { isMalware, inAgentPattern, hashes } = this.facts;
    if (this.epoch.isConventional()) this.#judge('conventional', isMalware ? 'malware' : 'clean');
    else if (inAgentPattern) this.#judge('smart', 'malware');
    else if (hashes.length === 0) this.#judge('smart', 'clean');
    else this.#ask();
  }

  /** The client is gone: nobody gets a reply, and nothing more is asked for this message. */
  giveUp(): void {
    this.#end(undefined);
  }

  /** D18. */
  timeOver(): void {
    this.#end({ code: 451, delivered: false, byTime: true });
  }

  /** Section 5: the attempts have led somewhere. */
  attemptsOver(): void {
    if (this.#over) return;
    const { epoch } = this;
    this.#answered.clear();
    if (epoch.isConventional()) this.#judge('conventional', this.facts.isMalware ? 'malware' : 'clean');
    else if (!epoch.retired && epoch.servers.some((_, index) => epoch.isUsable(index))) this.#ask();
    else this.#end({ code: 451, delivered: false });
  }

  /** D1: asks for what nobody asks about yet, and waits for the rest. */
  #ask(): void {
    const open = this.facts.hashes.filter((hash) => !this.#answered.has(hash));
    if (open.length === 0) {
      this.#judge('smart', this.facts.isMalware ? 'malware' : 'clean');
      return;
    }
    const asked = (hash: string) => this.epoch.inFlight.find(({ hashes }) => hashes.includes(hash));
    const joined = new Set(open.flatMap((hash) => asked(hash) ?? []));
    const own = open.filter((hash) => !asked(hash));
    for (const query of joined) {
      this.#waitsFor.add(query);
      query.others.add(this);
    }
    if (own.length === 0) return;
    const query: RulesQuery = { hashes: own, owner: this, others: new Set() };
    this.#waitsFor.add(query);
    this.epoch.inFlight.push(query);
    this.#tryNext(query, 0, [], this.epoch.rules.nowMs + this.epoch.settings.queryTotalMs);
  }

  /**
   * D7, D11: the next server of the list that may be asked, within the time for all. Who was not asked, or not for its
   * full time, is not counted, and then must not cost a 451 either (D15).
   */
  #tryNext(query: RulesQuery, from: number, treatments: Treatment[], deadlineMs: number): void {
    const { epoch } = this;
    const { rules, settings } = epoch;
    for (let index = from; index < epoch.servers.length; index++) {
      if (epoch.servers[index]?.server === 'LeftOut') continue;
      if (!epoch.isUsable(index)) {
        treatments.push('while-invalid');
        continue;
      }
      const timeMs = Math.min(settings.queryTimeoutMs, deadlineMs - rules.nowMs);
      if (timeMs <= 0) break;
      const timer = `query ${++queries}`;
      rules.agenda.set(timer, rules.nowMs + timeMs);
      const isCutShort = timeMs < settings.queryTimeoutMs;
      rules.call({
        kind: 'query',
        server: epoch.name(index),
        epoch: epoch.number,
        hashes: query.hashes,
        timer,
        end: (outcome) => {
          rules.agenda.set(timer, undefined);
          if (outcome === 'message') {
            this.#refused(query);
            return;
          }
          if (outcome === 'ok' || outcome === 'other-pattern') {
            if (this.#keepsToPattern(index, outcome)) {
              this.#succeeded(query);
              return;
            }
          } else if (outcome !== 'timeout' || !isCutShort) treatments.push(this.#count(index, outcome));
          this.#tryNext(query, index + 1, treatments, deadlineMs);
        },
      });
      return;
    }
    // Nobody could be asked: others who are about to ask for the same at this moment join it first.
    if (from === 0) rules.soon(() => this.#failed(query, treatments));
    else this.#failed(query, treatments);
  }

  /** D15: the state is read again; D6: a 429 moves no count. */
  #count(index: number, outcome: string): Treatment {
    const { epoch } = this;
    const before = epoch.servers[index];
    if (!before || !epoch.isUsable(index)) return 'while-invalid';
    if (outcome === 'throttled') {
      epoch.throttle(index);
      return epoch.retired ? 'deferred' : 'while-invalid';
    }
    const treatment = epoch.retired ? 'deferred' : treatmentOfFailure(before);
    epoch.tell(index, { type: 'QUERY_FAILED' });
    return treatment;
  }

  /** D11. */
  #keepsToPattern(index: number, outcome: 'ok' | 'other-pattern'): boolean {
    const { epoch } = this;
    const patternId = outcome === 'ok' ? 'main' : 'other';
    const inUse = epoch.servers.filter(({ server }) => server !== 'LeftOut').length;
    const fits = epoch.patternId === undefined || epoch.patternId === patternId || inUse <= 1;
    if (fits) epoch.patternId = patternId;
    epoch.tell(index, { type: fits ? 'QUERY_ANSWERED' : 'OTHER_PATTERN' });
    return fits;
  }

  #succeeded(query: RulesQuery): void {
    for (const message of this.#landed(query)) {
      for (const hash of query.hashes) message.#answered.add(hash);
      message.#goOn(query);
    }
  }

  #failed(query: RulesQuery, treatments: readonly Treatment[]): void {
    const whileInvalid = treatments.length > 0 && treatments.every((treatment) => treatment === 'while-invalid');
    const [owner, ...others] = this.#landed(query);
    if (owner) owner.#waitsFor.clear();
    // Who only waited asks for itself at once; the text leaves open which of them asks first.
    for (const message of others) message.#goOn(query);
    if (!owner || owner.isOver) return;
    if (whileInvalid) owner.#receivedWhileInvalid();
    else owner.#end({ code: 451, delivered: false });
  }

  /** D5: charged to the message. */
  #refused(query: RulesQuery): void {
    const [owner, ...others] = this.#landed(query);
    if (owner) owner.#judge('smart', 'unscannable');
    for (const message of others) message.#goOn(query);
  }

  #landed(query: RulesQuery): MessageRules[] {
    const { inFlight } = this.epoch;
    inFlight.splice(inFlight.indexOf(query), 1);
    return [query.owner, ...query.others];
  }

  /** One of the queries that it waits for is over: when all are, it looks at what is still open. */
  #goOn(query: RulesQuery): void {
    if (!this.#waitsFor.delete(query)) return;
    if (!this.#over && this.#waitsFor.size === 0) this.#ask();
    // Who had to wait for an answer of its own comes after those who only wait.
    if (query.owner !== this) return;
    for (const { others } of this.#waitsFor) if (others.delete(this)) others.add(this);
  }

  /** D15, D14: the attempt, and waiting for it. */
  #receivedWhileInvalid(): void {
    this.epoch.messageReceived();
    this.epoch.waiting.push(this);
    this.epoch.wake();
  }

  #judge(method: 'smart' | 'conventional', verdict: 'clean' | 'malware' | 'unscannable'): void {
    // D8: no verdict is final that the journal does not hold.
    if (!this.epoch.rules.journalOpen) this.#end({ code: 452, delivered: false });
    else this.#end({ code: 250, delivered: verdict !== 'unscannable', method, verdict });
  }

  #end(outcome: Outcome | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.epoch.rules.agenda.set(`message ${this.facts.id}`, undefined);
    if (outcome) this.epoch.rules.outcomes.set(this.facts.id, outcome);
  }
}
