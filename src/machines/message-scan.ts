import { assign, fromPromise, setup } from 'xstate';
import type {
  Answered,
  AppliedRule,
  ConventionalFindings,
  Findings,
  MalwareFact,
  Unanswered,
  Verdict,
} from '../events/scan.ts';
import { decideVerdict, type VirusRule } from './virus-rule.ts';

/**
 * The scan of one message, from its final dot to our reply: smart-scan.md sections 1, 2 and 5.
 * Invoked by the session under the constant id `scan`. Order of invariant 1: the transition into Verdict is the verdict
 * event; Verdict is left when that is durable; Acting ends with the next hop's reply, which is ours.
 */

/** SMTP reply of a message. */
export interface ScanReply {
  code: number;
  text: string;
  /** Whose refusal it is, when the next hop does not take the message, or is away; absent: taken, or refused by us. */
  by?: 'next-hop';
}

/** The reply to a message whose scan failed for reasons of ours (smart-scan.md section 2), literally. */
export const scanningError: ScanReply = { code: 451, text: 'Email rejected for a scanning error.' };

export interface MessageScanInput {
  /** The scan id of log lines and events: a GUID in upper case. */
  guid: string;
  size: number;
  mailFrom: string;
  /** The first 50 of them. */
  recipients: readonly string[];
  recipientCount: number;
  /** IP address of the client that the message came from. */
  client: string;
  /** Its name, as the MTA before us found it; null when that is not told (XFORWARD NAME). */
  clientName: string | null;
  /** What it called itself in HELO or EHLO. */
  helo: string | null;
  /** Postfix's id of the message (XFORWARD IDENT): it keeps it over all tries. Null when it is not told. */
  queueId: string | null;
  /** Message-ID without angle brackets, at most 250 characters. */
  messageId: string | null;
  /** Decoded, at most 200 characters. */
  subject: string | null;
  /** It says that a machine or a mailing list sent it: nobody is to answer it (RFC 3834). */
  automatic?: boolean;
  /** When its final dot came, ms since 1970. */
  receivedMs: number;
  /** D18: bounds the message as a whole. */
  messageMs: number;
  rule: VirusRule;
  /** Rules of the policy that may be the one for this envelope, in order; absent: none. */
  policy?: readonly AppliedRule[];
}

export interface MessageScanContext extends MessageScanInput {
  findings: Findings | null;
  verdict: Verdict | null;
  reply: ScanReply | null;
  /** D4: kind of the query's last failure; or `clamd-…`: no clamd answered. */
  failure: string | null;
}

/** A failed query as the machine sees it (error of the `ask` actor). */
export interface AskFailure {
  /** D15; `message` is a fault of the message (400, 413: D5). */
  treatment: 'deferred' | 'while-invalid' | 'message';
  /** D4, of the last server asked, e.g. `timeout`. */
  kind: string;
}

/** Where a connect attempt has led (D14, section 5). */
export type AttemptOutcome = 'failed-over' | 'reachable' | 'usable';

const builder = setup({
  types: { context: {} as MessageScanContext, input: {} as MessageScanInput, output: {} as ScanReply },
  actors: {
    /** Unpacks, hashes, looks up the agent pattern and the filter; decides nothing. */
    unpack: fromPromise<Findings, string>(() => Promise.reject(new Error('not provided'))),
    /** Asks the servers of the list about the hashes in the filter, services about all. Rejects with `AskFailure`. */
    ask: fromPromise<Answered, string>(() => Promise.reject(new Error('not provided'))),
    /** Waits for the connect attempts of the invalid servers. */
    attempt: fromPromise<AttemptOutcome, string>(() => Promise.reject(new Error('not provided'))),
    /** Matches all files against the conventional pattern. */
    matchConventional: fromPromise<ConventionalFindings, string>(() => Promise.reject(new Error('not provided'))),
    /** Resolves when the verdict is durable in the journal. */
    persist: fromPromise<void, string>(() => Promise.reject(new Error('not provided'))),
    /** Carries the verdict's action out; resolves with the reply. Never rejects. */
    act: fromPromise<ScanReply, { guid: string; verdict: Verdict }>(() => Promise.reject(new Error('not provided'))),
  },
  delays: { messageTime: ({ context }) => context.messageMs },
});

type DoneEvent<T> = { output: T };
const output = <T>(event: unknown): T => (event as DoneEvent<T>).output;
const failure = (event: unknown): Partial<AskFailure> => ((event as { error?: unknown }).error ?? {}) as AskFailure;
const notReadyReply = (what: string): ScanReply => ({ code: 451, text: `Scanner not ready: ${what}` });

const scanMachine = builder.extend({
  guards: {
    notReady: ({ event }) => output<Findings>(event).notReady !== undefined,
    conventionalMethod: ({ event }) => output<Findings>(event).method === 'conventional',
    inAgentPattern: ({ context }) => (context.findings?.malware.length ?? 0) > 0,
    needsAnswer: ({ context }) => {
      const { toAsk = [], toAskServices = [] } = context.findings ?? {};
      return toAsk.length + toAskServices.length > 0;
    },
    whileInvalid: ({ event }) => failure(event).treatment === 'while-invalid',
    faultOfMessage: ({ event }) => failure(event).treatment === 'message',
    failedOver: ({ event }) => output<AttemptOutcome>(event) === 'failed-over',
    usableAgain: ({ event }) => output<AttemptOutcome>(event) === 'usable',
  },
  actions: {
    noteFindings: assign({ findings: ({ event }) => output<Findings>(event) }),
    noteNotReady: assign({
      reply: ({ event }) => notReadyReply(output<Findings | ConventionalFindings>(event).notReady ?? ''),
    }),
    noteLocalVerdict: assign({
      verdict: ({ context }) => verdictOf(context, 'smart', context.findings?.malware ?? []),
    }),
    noteAnswers: assign({
      verdict: ({ context, event }) => {
        const { malware, servers, unanswered } = output<Answered>(event);
        return verdictOf(context, 'smart', malware, servers, unanswered);
      },
    }),
    noteConventional: assign({
      verdict: ({ context, event }) => {
        const found = output<ConventionalFindings>(event);
        const findings = readAgain(context.findings, found);
        return verdictOf({ ...context, findings }, 'conventional', found.malware, found.servers, found.unanswered);
      },
    }),
    noteRefused: assign({
      verdict: ({ context }) => verdictOf({ ...context, findings: refusedByServer(context.findings) }, 'smart', []),
    }),
    noteFailure: assign({ failure: ({ event, context }) => failure(event).kind ?? context.failure }),
    noteReply: assign({ reply: ({ event }) => output<ScanReply>(event) }),
    noteJournalTrouble: assign({
      reply: { code: 452, text: 'Insufficient system storage: the journal takes no events' },
    }),
  },
});

function verdictOf(
  context: MessageScanContext,
  method: 'smart' | 'conventional',
  malware: readonly MalwareFact[],
  servers: readonly string[] = [],
  unanswered: readonly Unanswered[] = [],
): Verdict | null {
  const outcome = { method, malware, servers, unanswered };
  return context.findings && decideVerdict(context.rule, context.findings, outcome, context);
}

/** A conventional scan may have read the message again, and asked clamd. */
function readAgain(findings: Findings | null, { unscannable, clamd }: ConventionalFindings): Findings | null {
  if (findings === null) return null;
  const components = clamd === undefined ? findings.components : { ...findings.components, clamd };
  return { ...findings, unscannable: unscannable ?? findings.unscannable, components };
}

/** D5: a query that the server calls malformed or too large is charged to the message. */
function refusedByServer(findings: Findings | null): Findings | null {
  return findings && { ...findings, unscannable: [...findings.unscannable, { reason: 'refused', path: [] }] };
}

const guid = ({ context }: { context: MessageScanContext }) => context.guid;

export const messageScanMachine = scanMachine.createMachine({
  id: 'scan',
  initial: 'Unpacking',
  context: ({ input }) => ({ ...input, findings: null, verdict: null, reply: null, failure: null }),
  output: ({ context }) => context.reply ?? scanningError,
  after: { messageTime: { target: '.Deferred' } },
  states: {
    Unpacking: {
      invoke: {
        id: 'unpack',
        src: 'unpack',
        input: guid,
        onDone: [
          { guard: 'notReady', target: 'Deferred', actions: ['noteFindings', 'noteNotReady'] },
          { guard: 'conventionalMethod', target: 'Conventional', actions: 'noteFindings' },
          { target: 'AgentPattern', actions: 'noteFindings' },
        ],
        onError: { target: 'Deferred', actions: 'noteFailure' },
      },
    },
    /** A hit is malware; nothing is asked. */
    AgentPattern: {
      always: [{ guard: 'inAgentPattern', target: 'Verdict', actions: 'noteLocalVerdict' }, { target: 'QueryFilter' }],
    },
    /** Not in the filter: clean, nothing is asked; but by services, which have no filter. */
    QueryFilter: {
      always: [
        { guard: 'needsAnswer', target: 'Querying' },
        { target: 'Verdict', actions: 'noteLocalVerdict' },
      ],
    },
    Querying: {
      invoke: {
        id: 'ask',
        src: 'ask',
        input: guid,
        onDone: { target: 'Verdict', actions: 'noteAnswers' },
        onError: [
          { guard: 'whileInvalid', target: 'Connecting', actions: 'noteFailure' },
          { guard: 'faultOfMessage', target: 'Verdict', actions: 'noteRefused' },
          { target: 'Deferred', actions: 'noteFailure' },
        ],
      },
    },
    /** Received while every server is invalid: the connect attempts decide (section 5). */
    Connecting: {
      invoke: {
        id: 'attempt',
        src: 'attempt',
        input: guid,
        onDone: [
          { guard: 'failedOver', target: 'Conventional' },
          { guard: 'usableAgain', target: 'Querying' },
          { target: 'Deferred' },
        ],
        onError: { target: 'Deferred' },
      },
    },
    Conventional: {
      invoke: {
        id: 'matchConventional',
        src: 'matchConventional',
        input: guid,
        onDone: [
          { guard: 'notReady', target: 'Deferred', actions: 'noteNotReady' },
          { target: 'Verdict', actions: 'noteConventional' },
        ],
        onError: { target: 'Deferred', actions: 'noteFailure' },
      },
    },
    Verdict: {
      invoke: {
        id: 'persist',
        src: 'persist',
        input: guid,
        onDone: { target: 'Acting' },
        onError: { target: 'Deferred', actions: 'noteJournalTrouble' },
      },
    },
    Acting: {
      invoke: {
        id: 'act',
        src: 'act',
        input: ({ context }) => ({ guid: context.guid, verdict: context.verdict as Verdict }),
        onDone: { target: 'Answered', actions: 'noteReply' },
        onError: { target: 'Deferred' },
      },
    },
    /** Our reply is the next hop's, or that of an action. */
    Answered: { type: 'final' },
    /** 4xx: the sender keeps the message and tries again. */
    Deferred: { type: 'final' },
  },
});
