import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action, Findings, MalwareFact, UnscannableFact } from '../../src/events/scan.ts';
import { decideVerdict, type VirusRule } from '../../src/machines/virus-rule.ts';

const rule: VirusRule = {
  malware: 'delete_attachment',
  encrypted: 'tag',
  unsupported: 'pass',
  unreadable: 'quarantine',
  limit: 'reject',
};
const mail = { mailFrom: 'a@example.org', recipients: ['b@example.net'] };
const findings = (more: Partial<Findings> = {}): Findings => ({
  ...{
    method: 'smart',
    files: [],
    fileCount: 3,
    unscannable: [],
    malware: [],
    toAsk: ['h'],
    components: { agent: '1' },
  },
  ...more,
});
const hit = (more: Partial<MalwareFact> = {}): MalwareFact => ({
  ...{ path: ['x'], name: 'EICAR', sha256: 'h', place: 'attachment', part: 1, by: 'server', ...more },
});
const decide = (malware: MalwareFact[], unscannable: UnscannableFact[] = [], own = rule) =>
  decideVerdict(own, findings({ unscannable }), { method: 'smart', malware, servers: ['s'] }, mail);

describe('virus rule', () => {
  test('nothing found: clean and passed', () => {
    expect(decide([])).toMatchObject({ verdict: 'clean', action: 'pass', removed: [], servers: ['s'], fileCount: 3 });
  });

  test('malware in attachments: they are removed, each once', () => {
    const verdict = decide([hit(), hit({ part: 4 }), hit({ part: 1, path: ['x', 'y'] })]);
    expect(verdict).toMatchObject({ verdict: 'malware', action: 'delete_attachment', removed: [1, 4] });
  });

  test.each([
    ['inline text', hit({ place: 'inline' })],
    ['the message as a whole', hit({ place: 'message' })],
    ['no removable part', { ...hit(), part: undefined } as unknown as MalwareFact],
  ])('malware in %s cannot be removed: quarantine', (_place, found) => {
    expect(decide([found])).toMatchObject({ verdict: 'malware', action: 'quarantine', removed: [] });
    // A quarantined message stays whole, also where one attachment could have gone.
    expect(decide([found, hit({ part: 9 })])).toMatchObject({ action: 'quarantine', removed: [] });
  });

  test.each([
    ['encrypted', 'tag'],
    ['unsupported', 'pass'],
    ['too-deep', 'reject'],
    ['too-many-files', 'reject'],
    ['too-many-parts', 'reject'],
    ['too-large', 'reject'],
    ['ratio', 'reject'],
    ['too-slow', 'reject'],
    ['damaged', 'quarantine'],
    ['refused', 'quarantine'],
    ['a reason that comes later', 'quarantine'],
  ])('invariant 3: unscannable because %s has the action %s of its own', (reason, action) => {
    expect(decide([], [{ reason, path: [] }])).toMatchObject({ verdict: 'unscannable', action });
  });

  test('D17: hashes that a conventional scan did not ask about are remembered, those of a smart scan are not', () => {
    const outcome = { malware: [], servers: [] };
    expect(decideVerdict(rule, findings(), { ...outcome, method: 'conventional' }, mail).unasked).toEqual(['h']);
    expect(decideVerdict(rule, findings(), { ...outcome, method: 'smart' }, mail).unasked).toEqual([]);
  });

  const actions: Action[] = ['pass', 'tag', 'delete_attachment', 'quarantine', 'delete_message', 'reject'];
  const action = fc.constantFrom(...actions);
  const rules = fc.record({
    malware: action,
    encrypted: action,
    unsupported: action,
    unreadable: action,
    limit: action,
  });
  const part = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined });
  const malware = fc.array(
    fc
      .record({ part, place: fc.constantFrom('attachment' as const, 'inline' as const, 'message' as const) })
      .map((found) => hit(found as Partial<MalwareFact>)),
    { maxLength: 4 },
  );
  const unscannable = fc.array(
    fc.record({ reason: fc.constantFrom('encrypted', 'ratio', 'damaged'), path: fc.constant([]), part }),
    { maxLength: 4 },
  ) as fc.Arbitrary<UnscannableFact[]>;

  test('the strongest action of all findings wins; only attachments of that action are removed', () => {
    fc.assert(
      fc.property(rules, malware, unscannable, (own, found, unread) => {
        const { verdict, action: chosen, removed } = decide(found, unread, own);
        const wanted = [
          ...found.map(() => own.malware),
          ...unread.map(({ reason }) =>
            reason === 'encrypted' ? own.encrypted : reason === 'ratio' ? own.limit : own.unreadable,
          ),
        ];
        expect(verdict).toBe(found.length > 0 ? 'malware' : unread.length > 0 ? 'unscannable' : 'clean');
        // Never weaker than what any finding asks for; quarantine is what stands in for an impossible removal.
        for (const each of wanted) expect(actions.indexOf(chosen)).toBeGreaterThanOrEqual(actions.indexOf(each));
        expect([...wanted, 'pass', 'quarantine']).toContain(chosen);
        if (chosen !== 'delete_attachment') expect(removed).toEqual([]);
        else expect(removed.length).toBeGreaterThan(0);
      }),
    );
  });

  test('the order of findings does not matter', () => {
    fc.assert(
      fc.property(rules, malware, unscannable, (own, found, unread) => {
        const reversed = decide([...found].reverse(), [...unread].reverse(), own);
        const straight = decide(found, unread, own);
        expect(reversed.action).toBe(straight.action);
        expect([...reversed.removed].sort()).toEqual([...straight.removed].sort());
      }),
    );
  });
});
