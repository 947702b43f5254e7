import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Action, actions, type Findings, findingKinds } from '../../src/events/scan.ts';
import {
  appliedRule,
  directionOf,
  directions,
  envelopeChecks,
  mayShareTransaction,
  type Policy,
  type PolicyRule,
  type RuledEnvelope,
  rulesFor,
} from '../../src/machines/policy.ts';
import { explainRules } from '../../src/machines/policy-explanation.ts';
import { bareName, fileChecks, filesMeeting, type RuledFile } from '../../src/machines/policy-files.ts';
import { unreachableRules } from '../../src/machines/policy-order.ts';
import { decidingRule } from '../../src/machines/policy-verdict.ts';
import { decideVerdict, foundIn, type VirusRule } from '../../src/machines/virus-rule.ts';

const rule = (name: string, changes: Partial<PolicyRule> = {}): PolicyRule => ({
  ...{ name, direction: [], from: [], to: [], messageBytesMin: 0, verdict: [], action: 'quarantine', also: [] },
  file: { names: [], types: [], declared: [], bytesMin: 0 },
  ...changes,
});
const file = (condition: Partial<PolicyRule['file']>): PolicyRule['file'] => ({ ...rule('').file, ...condition });
const policy = (...rules: PolicyRule[]): Policy => ({ rules, ownDomains: ['example.org'] });
const envelope = (changes: Partial<RuledEnvelope> = {}): RuledEnvelope => ({
  ...{ mailFrom: 'a@example.net', recipient: 'b@example.org', fromOwnNetwork: false, messageBytes: 1000 },
  ...changes,
});
const names = (rules: readonly PolicyRule[]) => rules.map(({ name }) => name);

describe('the envelope', () => {
  test.each([
    ['b@example.org', false, 'incoming'],
    ['b@example.org', true, 'internal'],
    ['b@example.net', true, 'outgoing'],
    ['b@example.net', false, 'outgoing'],
  ])('to %s, from our network: %s, is %s', (recipient, fromOwnNetwork, expected) => {
    expect(directionOf({ recipient, fromOwnNetwork }, ['example.org'])).toBe(expected);
  });

  test('each condition that a rule has is looked at, and says what it saw', () => {
    const all = rule('all', { direction: ['outgoing'], from: ['<>'], to: ['example.org'], messageBytesMin: 1001 });
    expect(envelopeChecks(all, envelope({ mailFrom: '' }), ['example.org'])).toEqual([
      { key: 'direction', holds: false, saw: 'incoming' },
      { key: 'from', holds: true, saw: '<>' },
      { key: 'to', holds: true, saw: 'b@example.org' },
      { key: 'message_bytes_min', holds: false, saw: '1000' },
    ]);
  });

  test('rules after one that every message meets are not for anybody; a size that is not known may be met', () => {
    const rules = policy(
      rule('exe', { file: file({ names: ['*.exe'] }) }),
      rule('other', { to: ['example.com'] }),
      rule('big', { messageBytesMin: 500 }),
      rule('all'),
      rule('never'),
    );
    expect(names(rulesFor(rules, envelope()))).toEqual(['exe', 'big']);
    const { messageBytes: _, ...unknown } = envelope();
    expect(names(rulesFor(rules, unknown))).toEqual(['exe', 'big', 'all']);
    expect(names(rulesFor(rules, envelope({ messageBytes: 499 })))).toEqual(['exe', 'all']);
  });

  test('recipients share a transaction when the same rules may be the one for both', () => {
    const [boss, other] = [envelope({ recipient: 'boss@example.org' }), envelope()];
    const shares = (...rules: PolicyRule[]) => mayShareTransaction(policy(...rules), boss, other);
    expect(shares()).toBe(true);
    expect(shares(rule('from', { from: ['example.net'] }))).toBe(true);
    expect(shares(rule('boss', { to: ['boss@example.org'] }))).toBe(false);
    expect(shares(rule('both', { to: ['example.org'] }), rule('boss', { to: ['boss@example.org'] }))).toBe(true);
    expect(
      mayShareTransaction(policy(rule('in', { direction: ['incoming'] })), boss, envelope({ recipient: 'x@y.z' })),
    ).toBe(false);
  });
});

describe('files', () => {
  const found = (changes: Partial<RuledFile> = {}): RuledFile => ({
    ...{ path: ['a.zip', 'dir/Evil.EXE . '], place: 'attachment', part: 1, readings: [{ size: 10 }, { size: 12 }] },
    ...changes,
  });

  test.each([
    ['dir\\Evil.EXE. .', 'evil.exe'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['ｅｖｉｌ．ｅｘｅ', 'evil.exe'],
    ['..', ''],
  ])('%j is the name %j', (name, bare) => {
    expect(bareName(name)).toBe(bare);
  });

  test('every name counts, whatever reading it is of; the largest reading counts', () => {
    expect(filesMeeting(file({ names: ['*.exe'] }), [found()])).toHaveLength(1);
    expect(filesMeeting(file({ names: ['*.js'] }), [found({ names: ['x.txt', 'y.JS'] })])).toHaveLength(1);
    expect(filesMeeting(file({ bytesMin: 12 }), [found()])).toHaveLength(1);
    expect(filesMeeting(file({ bytesMin: 13 }), [found()])).toHaveLength(0);
    expect(filesMeeting(file({ types: ['exe', 'elf'] }), [found({ types: ['zip', 'elf'] })])).toHaveLength(1);
    expect(filesMeeting(file({ declared: ['video/*'] }), [found({ declared: 'video/mp4' }), found()])).toHaveLength(1);
  });

  test('all conditions must be met by one file, and the message is no file', () => {
    const both = file({ names: ['*.exe'], bytesMin: 100 });
    expect(filesMeeting(both, [found(), found({ path: ['b.txt'], readings: [{ size: 200 }] })])).toEqual([]);
    expect(filesMeeting(file({ bytesMin: 1 }), [found({ path: ['message'], place: 'message' })])).toEqual([]);
    expect(fileChecks(both, found())).toEqual([
      { key: 'file_name', holds: true, saw: 'evil.exe' },
      { key: 'file_bytes_min', holds: false, saw: '12' },
    ]);
  });
});

const virusRule: VirusRule = {
  ...{ malware: 'delete_attachment', ambiguous: 'quarantine', encrypted: 'tag', unsupported: 'tag' },
  ...{ unreadable: 'quarantine', limit: 'quarantine' },
};
const findings = (changes: Partial<Findings> = {}): Findings => ({
  ...{ method: 'smart', files: [], fileCount: 1, unscannable: [], malware: [], toAsk: [], components: {} },
  ...changes,
});
const eicar = {
  path: ['e.zip', 'e.com'],
  name: 'EICAR',
  sha256: 'a',
  place: 'attachment',
  part: 1,
  by: 'agent',
} as const;
const exe = { path: ['x.exe'], place: 'attachment', part: 2 } as const;
function decide(rules: PolicyRule[], malware: (typeof eicar)[] = [], more: Partial<Findings> = {}) {
  const mail = { mailFrom: 'a@example.org', recipients: ['b@example.org'], policy: rules.map(appliedRule) };
  return decideVerdict(virusRule, findings(more), { method: 'smart', malware, servers: [] }, mail);
}

describe('the verdict', () => {
  test('a rule about the message acts where nothing was found, and says which it was', () => {
    const verdict = decide([rule('all', { action: 'tag', also: ['archive'] })]);
    expect(verdict).toMatchObject({ verdict: 'clean', action: 'tag', also: ['archive'], rule: 'all' });
  });

  test('pass is an exception from later rules, never from the virus rule', () => {
    const rules = [rule('trusted', { action: 'pass' }), rule('all')];
    expect(decide(rules)).toMatchObject({ verdict: 'clean', action: 'pass', rule: 'trusted' });
    expect(decide(rules, [eicar])).toMatchObject({ action: 'delete_attachment', removed: [1], rule: 'trusted' });
  });

  test('a rule about the message is taken beside the virus rule: the strongest wins', () => {
    expect(decide([rule('all', { action: 'tag' })], [eicar])).toMatchObject({
      action: 'delete_attachment',
      removed: [1],
    });
    expect(decide([rule('all', { action: 'reject' })], [eicar])).toMatchObject({ action: 'reject', removed: [] });
  });

  test('a rule about findings takes the place of the virus rule for these, and for no others', () => {
    const lenient = rule('vip', { verdict: ['malware'], action: 'tag' });
    expect(decide([lenient], [eicar])).toMatchObject({ verdict: 'malware', action: 'tag', rule: 'vip', removed: [] });
    const limit = { unscannable: [{ reason: 'ratio', path: ['b'] }] };
    expect(decide([lenient], [eicar], limit)).toMatchObject({ action: 'quarantine', rule: 'vip' });
    expect(decide([lenient])).not.toHaveProperty('rule');
  });

  test('a rule about findings and files is about what was found in those files', () => {
    const zips = rule('zips', { verdict: ['malware'], file: file({ names: ['*.zip'] }), action: 'reject' });
    const inFile = (path: string[]) => ({
      ruleFiles: [{ rule: 'zips', files: [{ path, place: 'attachment' as const, part: 1 }] }],
    });
    expect(decide([zips], [eicar], inFile(['e.zip']))).toMatchObject({ action: 'reject', rule: 'zips' });
    expect(decide([zips], [eicar], inFile(['other.zip']))).not.toHaveProperty('rule');
    expect(decide([zips], [eicar])).not.toHaveProperty('rule');
  });

  test('delete_attachment of a rule deletes the files that it is about; what cannot be deleted is quarantined', () => {
    const rules = [rule('exe', { file: file({ types: ['exe'] }), action: 'delete_attachment' })];
    const about = (
      ...files: { path: string[] | readonly ['x.exe']; place: 'attachment' | 'inline'; part?: number }[]
    ) => ({
      ruleFiles: [{ rule: 'exe', files }],
    });
    expect(decide(rules, [], about(exe))).toMatchObject({
      action: 'delete_attachment',
      removed: [2],
      ruleFiles: [exe],
    });
    expect(decide(rules, [eicar], about(exe)).removed).toEqual([1, 2]);
    expect(decide(rules, [], about({ path: ['b'], place: 'inline', part: 0 })).action).toBe('quarantine');
    expect(decide(rules)).toMatchObject({ action: 'pass' });
  });

  test('delete_all_attachments of a rule deletes those that there are', () => {
    const rules = [rule('none', { action: 'delete_all_attachments' })];
    expect(decide(rules, [], { attachments: [1, 3] })).toMatchObject({
      action: 'delete_all_attachments',
      removed: [1, 3],
    });
  });
});

/** Any rules and any message: the words of a small world, so that much of it matches. */
const some = <T>(...values: T[]) => fc.subarray(values, { maxLength: Math.min(2, values.length) });
const anyRule = fc.record({
  direction: some(...directions),
  from: some('example.net', '<>', '*@example.org'),
  to: some('b@example.org', '.example.org', 'example.net'),
  messageBytesMin: fc.constantFrom(0, 0, 500, 5000),
  verdict: some(...findingKinds),
  file: fc.record({
    names: some('*.exe', 'e*'),
    types: some('exe' as const, 'zip' as const),
    declared: some('video/*'),
    bytesMin: fc.constantFrom(0, 0, 11),
  }),
  action: fc.constantFrom(...actions),
  also: some('archive' as const, 'tag_subject' as const),
});
const anyRules = fc
  .array(anyRule, { maxLength: 6 })
  .map((rules): PolicyRule[] => rules.map((each, index) => ({ ...each, name: `r${index}` })));
const anyFiles = fc.array(
  fc.record({
    path: fc.constantFrom(['e.zip'], ['e.zip', 'e.com'], ['x.exe'], ['film']),
    place: fc.constantFrom('attachment' as const, 'inline' as const),
    part: fc.nat(3),
    types: some('exe' as const, 'zip' as const),
    declared: fc.constantFrom('video/mp4', 'text/plain'),
    readings: fc.constantFrom([{ size: 5 }], [{ size: 5 }, { size: 11 }]),
  }),
  { maxLength: 4 },
);
const anyEnvelope = fc.record({
  mailFrom: fc.constantFrom('', 'a@example.net', 'a@example.org'),
  recipient: fc.constantFrom('b@example.org', 'b@mx.example.org', 'b@example.net'),
  fromOwnNetwork: fc.boolean(),
  messageBytes: fc.constantFrom(100, 1000, 10_000),
});
const anyFindings = fc.record({
  malware: fc.subarray([eicar]),
  unscannable: fc.subarray([
    { reason: 'encrypted', path: ['e.zip', 'x'], part: 1 },
    { reason: 'ratio', path: ['film'], part: 3 },
  ]),
});

describe('whatever the rules and the message', () => {
  const ruleFilesOf = (rules: readonly PolicyRule[], files: RuledFile[]) =>
    rules
      .map((each) => ({ rule: each.name, files: filesMeeting(each.file, files) }))
      .filter(({ files: { length } }) => length > 0);

  test('the explanation agrees with the decision: the first rule of which all conditions hold is the one', () => {
    fc.assert(
      fc.property(anyRules, anyEnvelope, anyFiles, anyFindings, (rules, mail, files, { malware, unscannable }) => {
        const found = foundIn(malware, findings({ unscannable }));
        const applied = rulesFor(policy(...rules), mail).map(appliedRule);
        const explained = explainRules(policy(...rules), mail, files, found);
        const one = decidingRule(applied, found, ruleFilesOf(rules, files))?.rule.name;
        expect(explained.find(({ matches }) => matches)?.rule.name).toBe(one);
        // Nothing after it is looked at, and everything before it has a condition that does not hold.
        expect(explained).toHaveLength(
          one === undefined ? rules.length : rules.findIndex(({ name }) => name === one) + 1,
        );
        for (const { checks, matches } of explained) expect(checks.some(({ holds }) => !holds)).toBe(!matches);
      }),
      { numRuns: 3000 },
    );
  });

  test('the decision is what the words of the settings say', () => {
    fc.assert(
      fc.property(anyRules, anyEnvelope, anyFiles, anyFindings, (rules, mail, files, { malware, unscannable }) => {
        const found = foundIn(malware, findings({ unscannable }));
        const within = mail.fromOwnNetwork ? 'internal' : 'incoming';
        const direction = mail.recipient === 'b@example.org' ? within : 'outgoing';
        const isFrom = (pattern: string) =>
          ({ '<>': '', 'example.net': 'a@example.net', '*@example.org': 'a@example.org' })[pattern] === mail.mailFrom;
        const isTo = (pattern: string) =>
          ({ 'b@example.org': 'b@example.org', '.example.org': 'b@mx.example.org', 'example.net': 'b@example.net' })[
            pattern
          ] === mail.recipient;
        const none = ({ length }: { length: number }) => length === 0;
        const byWords = rules.find(({ file: { names: inNames, types, declared, bytesMin }, ...each }) => {
          const isByFile = ![inNames, types, declared].every(none) || bytesMin > 0;
          const meeting = files.filter(({ path, readings, ...one }) => {
            const name = path.at(-1) ?? '';
            const isNamed = (pattern: string) => (pattern === '*.exe' ? name.endsWith('.exe') : name.startsWith('e'));
            return (
              (none(inNames) || inNames.some(isNamed)) &&
              (none(types) || types.some((type) => (one.types as string[]).includes(type))) &&
              (none(declared) || one.declared === 'video/mp4') &&
              readings.some(({ size }) => size >= bytesMin)
            );
          });
          const concerned = found.filter(
            ({ kind, path }) =>
              each.verdict.includes(kind) &&
              (!isByFile || meeting.some((one) => `${path.join('/')}/`.startsWith(`${one.path.join('/')}/`))),
          );
          return (
            (none(each.direction) || each.direction.includes(direction)) &&
            (none(each.from) || each.from.some(isFrom)) &&
            (none(each.to) || each.to.some(isTo)) &&
            mail.messageBytes >= each.messageBytesMin &&
            (!isByFile || !none(meeting)) &&
            (none(each.verdict) || !none(concerned))
          );
        });
        const applied = rulesFor(policy(...rules), mail).map(appliedRule);
        expect(decidingRule(applied, found, ruleFilesOf(rules, files))?.rule.name).toBe(byWords?.name);
      }),
      { numRuns: 3000 },
    );
  });

  test('what was found is never treated milder than by the virus rule, but by a rule about it', () => {
    const strength = (action: Action) => actions.indexOf(action);
    fc.assert(
      fc.property(anyRules, anyFiles, anyFindings, (rules, files, { malware, unscannable }) => {
        const messageRules = rules.map((each) => ({ ...each, verdict: [] }));
        const more = { unscannable, ruleFiles: ruleFilesOf(messageRules, files) };
        expect(strength(decide(messageRules, malware, more).action)).toBeGreaterThanOrEqual(
          strength(decide([], malware, more).action),
        );
      }),
    );
  });

  test('a recipient that shares a transaction gets what it would get alone', () => {
    fc.assert(
      fc.property(anyRules, anyEnvelope, anyEnvelope, (rules, one, { recipient }) => {
        const other = { ...one, recipient };
        if (!mayShareTransaction(policy(...rules), one, other)) return;
        expect(rulesFor(policy(...rules), one)).toEqual(rulesFor(policy(...rules), other));
      }),
    );
  });

  test('a rule that is said to be unreachable is never the one', () => {
    fc.assert(
      fc.property(anyRules, anyEnvelope, anyFiles, anyFindings, (rules, mail, files, { malware, unscannable }) => {
        const hidden = unreachableRules(rules).map((each) => each.rule.name);
        const found = foundIn(malware, findings({ unscannable }));
        const applied = rulesFor(policy(...rules), mail).map(appliedRule);
        expect(hidden).not.toContain(decidingRule(applied, found, ruleFilesOf(rules, files))?.rule.name);
      }),
      { numRuns: 2000 },
    );
    expect(unreachableRules([rule('all'), rule('b', { from: ['x'] })])).toMatchObject([{ rule: { name: 'b' } }]);
  });
});
