import Type, { type TSchema } from 'typebox';
import { actions, ambiguityReasons, findingKinds, sideActions } from '../scan.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });
const path = Type.Array(Type.String(), {
  description: 'Names from the outside in. They came with the mail: escape them where they are shown',
  examples: [['invoice.zip', 'invoice.exe']],
});
const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256, lower-case hexadecimal' });
const part = Type.Optional(Type.Integer({ minimum: 0, description: 'Which removable part of the message holds it' }));
export const ActionSchema = Type.Enum([...actions]);
const SideActionsSchema = Type.Array(Type.Enum([...sideActions]), { description: 'What is done besides the action' });
export const MethodSchema = Type.Enum(['smart', 'conventional']);

/** See `MalwareFact`. */
export const MalwareSchema = Type.Object({
  path,
  name: Type.String({ description: 'Name of the malware' }),
  sha256,
  place: Type.Enum(['attachment', 'inline', 'message']),
  part,
  by: Type.Enum(['agent', 'server', 'conventional', 'clamd']),
  // Gateways before 0.5.0 did not say them.
  server: Type.Optional(
    Type.String({ description: 'Whose answer it was, `host:port` or the name of a service; also where it was kept' }),
  ),
  patternId: Type.Optional(Type.String({ description: 'Of the pattern that the answer rests on' })),
  patternVersion: Type.Optional(Type.String()),
  source: Type.Optional(
    Type.String({ description: 'Source that the server has the hash from', examples: ['malwarebazaar'] }),
  ),
  details: Type.Optional(
    Type.String({ description: 'What the answer of a reputation service rests on', examples: ['12 of 72 engines'] }),
  ),
});

/** See `UnscannableFact`. */
export const UnscannableSchema = Type.Object({
  reason: Type.String({ description: 'Why it could not be read', examples: ['encrypted', 'too-deep'] }),
  path,
  part,
});

/** See `AmbiguityFact`. */
export const AmbiguitySchema = Type.Object({
  reason: Type.Enum([...ambiguityReasons], { description: 'Why programs read different files out of the message' }),
  path,
  part,
});

/** See `ComponentFacts`. */
export const ComponentsSchema = Type.Object(
  {
    agent: Type.Optional(Type.String()),
    conventional: Type.Optional(Type.String()),
    agentRules: Type.Optional(count('YARA rules in the agent pattern')),
    conventionalRules: Type.Optional(count('YARA rules in the conventional pattern')),
    clamd: Type.Optional(
      Type.String({
        description: 'Version of clamd; `unavailable` when none answered and the message went on without',
      }),
    ),
    filter: Type.Optional(Type.String()),
    filterAgeMs: Type.Optional(Type.Number({ description: 'Age of the filter when it was used' })),
  },
  { description: 'Versions that the verdict rests on' },
);

const address = Type.String({ description: 'Came with the mail: escape it where it is shown' });

/** See `RuleNotice`. */
export const RuleNoticeSchema = Type.Object({
  whom: Type.Enum(['administrator', 'recipient', 'sender']),
  to: Type.Optional(address),
});

/** See `Untold`. */
export const UntoldSchema = Type.Object({
  whom: Type.Enum(['recipient', 'sender']),
  to: address,
  why: Type.Enum(['outside', 'null-sender', 'automatic']),
});

/** See `RuleFile`. */
const RuleFileSchema = Type.Object({ path, place: Type.Enum(['attachment', 'inline', 'message']), part });

/** See `Verdict`. */
export const VerdictSchema = Type.Object(
  {
    verdict: Type.Enum(['clean', 'malware', 'ambiguous', 'unscannable']),
    method: MethodSchema,
    action: ActionSchema,
    rule: Type.Optional(Type.String({ description: 'The rule of the policy that was the one; absent: none was' })),
    ruleFiles: Type.Optional(Type.Array(RuleFileSchema, { description: 'The first files that the rule is about' })),
    malware: Type.Array(MalwareSchema),
    unscannable: Type.Array(UnscannableSchema),
    ambiguous: Type.Optional(Type.Array(AmbiguitySchema, { description: 'Absent: nothing' })),
    also: Type.Optional(SideActionsSchema),
    removed: Type.Array(Type.Integer(), { description: 'Parts that the action takes out' }),
    recipient: Type.Optional(Type.String({ description: 'Where the message goes instead of to its recipients' })),
    notices: Type.Optional(Type.Array(RuleNoticeSchema, { description: 'Who is told of what the virus rule did' })),
    untold: Type.Optional(
      Type.Array(UntoldSchema, { description: 'Who is not told though the rule says so, and why' }),
    ),
    unasked: Type.Array(sha256, {
      description: 'Hashes that smart scan would have asked about, when the scan was conventional',
    }),
    components: ComponentsSchema,
    servers: Type.Array(Type.String(), {
      description: '`host:port` of the servers, and names of the services, that answered',
    }),
    unanswered: Type.Optional(
      Type.Array(Type.Object({ server: Type.String(), kind: Type.String({ examples: ['timeout'] }) }), {
        description: 'Services that did not answer, as the message went on without',
      }),
    ),
    fileCount: count('How many files there were'),
  },
  { description: 'What was found, what it rests on, and what the virus rule makes of it' },
);

/** See `ScanReply`. */
export const ReplySchema = Type.Object({
  code: Type.Integer({ minimum: 200, maximum: 599 }),
  text: Type.String(),
  by: Type.Optional(
    Type.Literal('next-hop', {
      description: 'The next hop does not take the message, or is away; absent: it was taken, or we refuse it',
    }),
  ),
});

/** See `VirusRule`. */
export const RuleSchema = Type.Object({
  malware: ActionSchema,
  ambiguous: Type.Optional(ActionSchema),
  encrypted: ActionSchema,
  unsupported: ActionSchema,
  unreadable: ActionSchema,
  limit: ActionSchema,
  also: Type.Optional(
    Type.Object({
      malware: Type.Optional(SideActionsSchema),
      ambiguous: Type.Optional(SideActionsSchema),
      encrypted: Type.Optional(SideActionsSchema),
      unsupported: Type.Optional(SideActionsSchema),
      unreadable: Type.Optional(SideActionsSchema),
      limit: Type.Optional(SideActionsSchema),
    }),
  ),
  recipient: Type.Optional(Type.String({ description: 'Where `change_recipient` sends to' })),
  telling: Type.Optional(
    Type.Object({
      ownDomains: Type.Array(Type.String()),
      outside: Type.Boolean({ description: 'Senders and recipients elsewhere are told, too' }),
    }),
  ),
});

/** See `AppliedRule`. */
const AppliedRuleSchema = Type.Object({
  name: Type.String({ description: 'Of `[policy.NAME]`' }),
  verdict: Type.Optional(Type.Array(Type.Enum([...findingKinds]), { description: 'Findings that it is about' })),
  byFile: Type.Optional(Type.Boolean({ description: 'It is about certain files' })),
  action: ActionSchema,
  also: Type.Optional(SideActionsSchema),
});

/** Null when it is not known; absent in what gateways before 0.3.0 wrote. */
const named = (description: string) => Type.Optional(Type.Union([Type.String({ description }), Type.Null()]));

/** What a message came with. */
export const scanInput: Readonly<Record<string, TSchema>> = {
  guid: Type.String({ description: 'The scan id of log lines and events' }),
  size: count('Bytes'),
  mailFrom: Type.String({ description: 'Came with the mail: escape it where it is shown' }),
  recipients: Type.Array(Type.String(), { description: 'The first 50 of them' }),
  recipientCount: count('All of them'),
  client: Type.String({ description: 'IP address' }),
  clientName: named('Name of the client (XFORWARD NAME)'),
  helo: named('What the client called itself'),
  queueId: named("Postfix's queue id (XFORWARD IDENT)"),
  messageId: named('Message-ID without angle brackets, at most 250 characters'),
  subject: named('Decoded, at most 200 characters'),
  automatic: Type.Optional(
    Type.Boolean({ description: 'A machine or a mailing list sent it, as its header says (RFC 3834)' }),
  ),
  receivedMs: Type.Optional(count('When the final dot came, ms since 1970')),
  messageMs: count('Bound of the whole message'),
  rule: RuleSchema,
  policy: Type.Optional(
    Type.Array(AppliedRuleSchema, { description: 'Rules of the policy that the envelope meets, in order' }),
  ),
};

const scanInputNames = ['mailFrom', 'recipients', 'recipientCount', 'messageId', 'queueId', 'subject'] as const;

/** What people know a message by; in events of messages that were deferred, or in which something was found. */
export const MessageSchema = Type.Object(
  Object.fromEntries(scanInputNames.map((name) => [name, scanInput[name] as TSchema])),
  { description: 'What people know the message by' },
);
