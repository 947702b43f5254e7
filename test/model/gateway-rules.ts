import { Agenda } from './agenda.ts';
import { EpochRules, type RulesSettings } from './epoch-rules.ts';
import type { MessageRules, Outcome, RulesCall } from './message-rules.ts';

/** A message as the rules see it. */
export interface MessageFacts {
  id: string;
  /** Hashes in the query filter; none for a message that is settled here. */
  hashes: readonly string[];
  /** In the agent pattern: malware, and nothing is asked. */
  inAgentPattern: boolean;
  /** One of its files is malware for whoever looks. */
  isMalware: boolean;
}

/**
 * The rules of smart-scan.md for the whole gateway, written from the text: servers, messages, epochs, the version check.
 * It does nothing by itself: the test tells it what happened outside, and it says what must follow: which requests are
 * made to which server, and what becomes of each message. Of the servers it uses the oracle in rules.ts.
 */
export class GatewayRules {
  nowMs: number;
  /** Takes events now? (D8) */
  journalOpen = true;
  readonly agenda = new Agenda();
  /** Requests that wait for an answer, in the order in which they were made. */
  calls: RulesCall[] = [];
  readonly messages = new Map<string, MessageRules>();
  readonly outcomes = new Map<string, Outcome>();
  /** Begun last; its servers are the running ones. */
  newest: EpochRules;
  /** Takes the messages: the newest, unless that still probes (D10). */
  current: EpochRules;
  readonly #soon: (() => void)[] = [];
  readonly #checkEveryMs: number;
  readonly #checkMs: number;
  /** The version check in progress (D9): whose turn it is. */
  #check: { epoch: EpochRules; index: number } | undefined;

  constructor(nowMs: number, settings: RulesSettings, times: { checkEveryMs: number; checkMs: number }) {
    this.nowMs = nowMs;
    this.#checkEveryMs = times.checkEveryMs;
    this.#checkMs = times.checkMs;
    this.newest = new EpochRules(this, 1, settings, []);
    this.current = this.newest;
    this.#startCheck();
  }

  /** A whole message came in. */
  receive(facts: MessageFacts): void {
    if (this.journalOpen) this.current.receive(facts);
    else this.outcomes.set(facts.id, { code: 452, delivered: false });
    this.#finish();
  }

  /** At this moment, but after what happens now. */
  soon(task: () => void): void {
    this.#soon.push(task);
  }

  #finish(): void {
    for (let task = this.#soon.shift(); task; task = this.#soon.shift()) task();
  }

  /** The client left while its message was in our hands: its scan is given up. */
  leave(id: string): void {
    this.messages.get(id)?.giveUp();
  }

  /** D10: a new epoch; counts, entries and failovers of the old one are gone, what was failed over probes first. */
  restart(settings: RulesSettings): void {
    const old = this.newest;
    old.retire();
    this.newest = new EpochRules(this, old.number + 1, settings, old.failedOver());
    this.newest.startedProbing();
    this.#finish();
  }

  /** A request ends. */
  settle(call: RulesCall, outcome: string): void {
    this.calls = this.calls.filter((each) => each !== call);
    call.end(outcome);
    this.#finish();
  }

  call(call: RulesCall): void {
    this.calls.push(call);
  }

  /** Nobody waits for it any more. */
  drop(call: RulesCall | undefined): void {
    this.calls = this.calls.filter((each) => each !== call);
  }

  /** Everything that is due at this moment happens, in order. */
  runDue(): void {
    for (let name = this.agenda.takeDue(this.nowMs); name !== undefined; name = this.agenda.takeDue(this.nowMs)) {
      const [kind, id = '', timer = ''] = name.split(' ');
      if (kind === 'server') this.newest.timeOver(Number(id), timer);
      else if (kind === 'message') this.messages.get(id)?.timeOver();
      else if (kind === 'query') this.#callOf(name)?.end('timeout');
      else if (kind === 'check-over') this.#checkTimedOut();
      else this.#startCheck();
      this.#finish();
    }
  }

  #callOf(timer: string): RulesCall | undefined {
    const call = this.calls.find((each) => each.timer === timer);
    this.drop(call);
    return call;
  }

  /** Every so often the servers of the list are asked for the filter, in order, those that may be asked. */
  #startCheck(): void {
    this.#check = { epoch: this.newest, index: -1 };
    this.agenda.set('check-over', this.nowMs + this.#checkMs);
    this.#checkNext();
  }

  #checkNext(): void {
    const check = this.#check;
    if (!check) return;
    const { epoch } = check;
    do check.index++;
    while (check.index < epoch.servers.length && !epoch.isUsable(check.index));
    const { index } = check;
    if (index >= epoch.servers.length) {
      this.#checkEnded();
      return;
    }
    this.call({
      kind: 'filter',
      server: epoch.name(index),
      epoch: epoch.number,
      hashes: [],
      end: (outcome) => {
        if (outcome === 'ok') epoch.tell(index, { type: 'VERSION_CHECKED' });
        else if (outcome === 'throttled') epoch.throttle(index);
        else epoch.tell(index, { type: 'VERSION_CHECK_FAILED' });
        if (outcome === 'ok') this.#checkEnded();
        else this.#checkNext();
      },
    });
  }

  #checkEnded(): void {
    this.#check = undefined;
    this.agenda.set('check-over', undefined);
    this.agenda.set('check', this.nowMs + this.#checkEveryMs);
  }

  /** The server that was asked counts; those after it were not asked (D7). */
  #checkTimedOut(): void {
    const check = this.#check;
    if (!check) return;
    const { epoch, index } = check;
    this.drop(
      this.calls.find(
        (call) => call.kind === 'filter' && call.epoch === epoch.number && call.server === epoch.name(index),
      ),
    );
    this.#checkEnded();
    epoch.tell(index, { type: 'VERSION_CHECK_FAILED' });
  }
}
