import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { canarySha256 } from '../../src/actors/reputation/connect-and-probe.ts';
import type { ScanSettings } from '../../src/actors/scan-settings.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import type { Verdict } from '../../src/events/scan.ts';
import { failCount, serverState } from '../../src/machines/server-state.ts';
import { type ActorSystem, actorSystem } from '../support/actor-system.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import type { CallOutcome, PendingCall } from '../support/pending-reputation.ts';
import type { SmtpClient, SmtpReply } from '../support/smtp-client.ts';
import type { MessageFacts } from './gateway-rules.ts';
import { LogWatch } from './log-watch.ts';
import type { RulesCall } from './message-rules.ts';
import type { SmtpFront } from './smtp-front.ts';

/** The version check comes often, so that it mixes with everything else; its moments meet no other timer. */
export const checkTimes = { checkEveryMs: 45_007, checkMs: 60_000 };

/** A file to send: its content, and whether the query filter holds its hash. */
export interface WalkFile {
  content: string;
  inFilter: boolean;
}

/** A message in the hands of the gateway. */
interface Sent {
  client: SmtpClient;
  /** State of its scan in the log. */
  state: string | undefined;
  verdict: Verdict | undefined;
  reply: SmtpReply | undefined;
  gone: boolean;
}

const restingStates = new Set(['Querying', 'Connecting']);

/** The real gateway behind its real SMTP port, with a world around it that the walk moves. */
export class GatewayWorld {
  readonly system: ActorSystem;
  readonly watch: LogWatch;
  /** Queries made so far. */
  queries = 0;
  readonly #front: SmtpFront;
  readonly #sent = new Map<string, Sent>();
  readonly #scans = new Map<string, string>();
  /** Ids in the order in which their scans began. */
  #begun: string[] = [];

  constructor(front: SmtpFront, settings: Partial<ScanSettings>) {
    this.#front = front;
    const { checkEveryMs: filterCheckMs } = checkTimes;
    const day = 86_400_000;
    this.system = actorSystem(settings, {
      times: () => ({
        ...{ filterCheckMs, filterStaleMs: day, schedules: { agent: null, conventional: null } },
        ...{ retryMs: day, retryMsMax: day, jitterMsMax: 0, timeZone: 'UTC' },
      }),
      drainMs: 30_011,
    });
    const { journal, reputation, nextHop } = this.system;
    this.watch = new LogWatch(this.system);
    journal.onAppend = (event) => {
      this.watch.appended(event);
      this.#noteScan(event);
    };
    reputation.onCall = (call) => {
      if (call.kind === 'query') this.queries++;
      this.watch.called(call);
    };
    nextHop.onData = (message) => {
      this.watch.givenToNextHop(message);
      return { code: 250, text: '2.0.0 Ok' };
    };
  }

  /** Starts; whoever answers the first version check must be told to meanwhile. */
  start(): Promise<void> {
    this.#front.reception = this.system.gateway.reception;
    return this.system.gateway.started();
  }

  /** Makes the message, its hashes known to the filter and to the servers. */
  prepare(id: string, files: readonly WalkFile[]): { facts: MessageFacts; content: Buffer } {
    const hashes = files.flatMap(({ content, inFilter }) => {
      const sha256 = hash('sha256', content);
      if (inFilter) this.system.filtered.add(sha256);
      if (content.includes('CONVENTIONAL')) this.system.reputation.malicious.set(sha256, 'Test.Server');
      return inFilter ? [sha256] : [];
    });
    const parts = files.map(({ content }, index) => attachment(`file${index}.bin`, Buffer.from(content)));
    const inAgentPattern = files.some(({ content }) => content.includes('AGENT'));
    const isMalware = inAgentPattern || files.some(({ content }) => content.includes('CONVENTIONAL'));
    const facts = { id, hashes: [...new Set(hashes)], inAgentPattern, isMalware };
    return { facts, content: mail(multipart([textPart(`message ${id}`), ...parts])) };
  }

  /** Sends messages, each on a session of its own and all at once; the ids in the order in which they were taken up. */
  async send(messages: readonly { facts: MessageFacts; content: Buffer }[]): Promise<string[]> {
    this.#begun = [];
    await Promise.all(messages.map(({ facts: { id }, content }) => this.#sendOne(id, content)));
    await this.rest();
    const late = messages.map(({ facts }) => facts.id).filter((id) => !this.#begun.includes(id));
    return [...this.#begun, ...late];
  }

  async #sendOne(id: string, content: Buffer): Promise<void> {
    const client = await this.#front.client();
    const sent: Sent = { client, state: undefined, verdict: undefined, reply: undefined, gone: false };
    this.#sent.set(id, sent);
    await client.line(`MAIL FROM:<${id}>`, 'RCPT TO:<b@example.net>', 'DATA');
    const [first, , third] = [await client.reply(), await client.reply(), await client.reply()];
    if (third.code !== 354) {
      sent.reply = first;
      this.#front.giveBack(client);
      return;
    }
    void this.#finish(sent, Buffer.concat([content, Buffer.from('\r\n.\r\n')]));
  }

  async #finish(sent: Sent, content: Buffer): Promise<void> {
    await sent.client.raw(content);
    try {
      sent.reply = await sent.client.reply();
      this.#front.giveBack(sent.client);
    } catch (error) {
      if (!sent.gone) throw error;
    }
  }

  /** The client vanishes in the middle of the scan. */
  async leave(id: string): Promise<void> {
    const sent = this.#sent.get(id);
    if (!sent || sent.reply) return;
    sent.gone = true;
    this.#front.cut(sent.client);
    await this.rest();
  }

  /** Ends a request. */
  async settle(call: RulesCall, outcome: string): Promise<void> {
    const { reputation } = this.system;
    const wanted = callName(call);
    const found = reputation.pending.find((pending) => callName(pending) === wanted);
    if (!found) throw new Error(`the gateway has not made the request: ${wanted}`);
    reputation.patternIds.set(call.server, outcome === 'other-pattern' ? 'other' : 'main');
    const isAnswer = outcome === 'other-pattern' || outcome === 'canary-unknown';
    if (outcome === 'canary-unknown') reputation.malicious.delete(canarySha256);
    reputation.settle(found, isAnswer ? 'ok' : (outcome as CallOutcome));
    reputation.malicious.set(canarySha256, 'Eicar-Test-Signature');
    await this.rest();
  }

  /** Ids of all messages, in the order of sending. */
  ids(): string[] {
    return [...this.#sent.keys()];
  }

  /** Ids of those whose client waits for the reply. */
  waiting(): string[] {
    return this.ids().filter((id) => !this.#sent.get(id)?.reply && !this.#sent.get(id)?.gone);
  }

  /** What can be seen from outside, as lines of text. */
  seen(): string[] {
    const { reputation, settings } = this.system;
    return [
      ...settings.servers.map(({ id }) => {
        const { context } = this.system.server(id);
        const { queryFailures, versionFailures } = context;
        const snapshot = this.system.server(id);
        return `${id}: ${serverState(snapshot)}, failures ${failCount(snapshot)} (${queryFailures} + ${versionFailures})`;
      }),
      ...reputation.pending.map((call) => `request: ${callName(call)}`).sort(),
      ...[...this.#sent].map(([id, sent]) => `${id}: ${this.#outcome(id, sent)}`),
    ];
  }

  #outcome(id: string, { reply, verdict, gone }: Sent): string {
    if (gone) return 'gone';
    if (!reply) return 'waits';
    if (reply.code === 451) return `451 ${reply.text}`;
    if (reply.code !== 250) return `${reply.code}`;
    return `250 ${this.watch.delivered.has(id) ? 'delivered' : 'kept'}, ${verdict?.method}, ${verdict?.verdict}`;
  }

  /** Waits until nothing moves any more: every message is answered, or waits for a server or the clock. */
  async rest(): Promise<void> {
    const limit = performance.now() + 5000;
    for (let quiet = 0; quiet < 2; quiet++) {
      await setImmediate();
      if (this.#isMoving()) quiet = -1;
      if (performance.now() > limit) throw new Error(`does not come to rest:\n${this.seen().join('\n')}`);
    }
  }

  #isMoving(): boolean {
    if (this.#front.isMoving()) return true;
    for (const { reply, gone, state } of this.#sent.values())
      if (!reply && !gone && !(state && restingStates.has(state))) return true;
    return false;
  }

  #noteScan({ correlationid, subject, data }: Envelope): void {
    if (!subject.startsWith('scan/') || correlationid === undefined) return;
    const from = (data.input as { mailFrom?: string } | undefined)?.mailFrom;
    if (from !== undefined) {
      this.#scans.set(correlationid, from);
      this.#begun.push(from);
    }
    const sent = this.#sent.get(this.#scans.get(correlationid) ?? '');
    if (!sent) return;
    sent.state = String(data.state);
    if (data.state === 'Verdict') sent.verdict = data.verdict as Verdict;
  }

  /** Nothing may be left over: no message, no transaction, no request. */
  async stop(): Promise<void> {
    for (const sent of this.#sent.values()) {
      if (sent.reply || sent.gone) continue;
      sent.gone = true;
      this.#front.cut(sent.client);
    }
    await this.system.gateway.stop();
  }
}

/** A request by name, the same for the rules and for the world. */
export function callName({ kind, server, epoch, hashes }: RulesCall | PendingCall): string {
  return [kind, 'to', server, 'in epoch', epoch, ...hashes.map(shortHash)].join(' ');
}

/** The canary is the test file that every server must know (D16). */
const shortHash = (hash: string) => (hash === 'canary' || hash === canarySha256 ? 'canary' : hash.slice(0, 8));
