import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actions, type Findings, type MalwareFact, sideActions, type UnscannableFact } from '../../src/events/scan.ts';
import { contradicts, decideVerdict, type VirusRule } from '../../src/machines/virus-rule.ts';

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

  describe('ambiguous', () => {
    const ambiguous = [{ reason: 'conflicting-boundary' as const, path: ['a.zip'], part: 1 }];
    const encrypted = [{ reason: 'encrypted', path: ['b.zip'] }];
    const judge = (own: VirusRule, malware: MalwareFact[] = [], unscannable: UnscannableFact[] = []) =>
      decideVerdict(own, findings({ ambiguous, unscannable }), { method: 'smart', malware, servers: [] }, mail);

    test('is a verdict with an action of its own, and says why', () => {
      expect(judge({ ...rule, ambiguous: 'tag' })).toMatchObject({ verdict: 'ambiguous', action: 'tag', ambiguous });
      expect(judge({ ...rule, ambiguous: 'delete_attachment' })).toMatchObject({ removed: [1] });
    });

    test('is quarantined by rules that do not know it yet', () => {
      expect(judge(rule)).toMatchObject({ verdict: 'ambiguous', action: 'quarantine' });
    });

    test('outweighs what could not be read; malware outweighs it, and the strongest action wins whatever the verdict', () => {
      expect(judge({ ...rule, ambiguous: 'tag' }, [], encrypted)).toMatchObject({
        verdict: 'ambiguous',
        unscannable: encrypted,
      });
      expect(judge({ ...rule, ambiguous: 'reject' }, [hit()], encrypted)).toMatchObject({
        verdict: 'malware',
        action: 'reject',
        ambiguous,
      });
    });

    test('what is absent is not said', () => {
      expect(decide([])).not.toHaveProperty('ambiguous');
    });
  });

  test('D17: hashes that a conventional scan did not ask about are remembered, those of a smart scan are not', () => {
    const outcome = { malware: [], servers: [] };
    expect(decideVerdict(rule, findings(), { ...outcome, method: 'conventional' }, mail).unasked).toEqual(['h']);
    expect(decideVerdict(rule, findings(), { ...outcome, method: 'smart' }, mail).unasked).toEqual([]);
  });

  describe('all attachments', () => {
    const all: VirusRule = { ...rule, malware: 'delete_all_attachments', encrypted: 'delete_attachment' };
    const decideAll = (malware: MalwareFact[], unscannable: UnscannableFact[] = []) =>
      decideVerdict(
        all,
        findings({ unscannable, attachments: [1, 2, 3] }),
        { method: 'smart', malware, servers: [] },
        mail,
      );

    test('go, whichever of them was infected, and those with a weaker removal as well', () => {
      expect(decideAll([hit({ part: 2 })])).toMatchObject({ action: 'delete_all_attachments', removed: [1, 2, 3] });
      const encrypted = { reason: 'encrypted', path: [], part: 4 };
      expect(decideAll([hit()], [encrypted]).removed).toEqual([1, 2, 3, 4]);
    });

    test('of a weaker action only its own goes', () => {
      const encrypted = { reason: 'encrypted', path: [], part: 2 };
      expect(decideAll([], [encrypted])).toMatchObject({ action: 'delete_attachment', removed: [2] });
    });

    test('cannot go when it is not known which there are: quarantine', () => {
      const tooMany = { reason: 'unsupported', path: [] };
      expect(decideAll([hit()], [tooMany])).toMatchObject({ action: 'quarantine', removed: [] });
      expect(decideAll([hit({ place: 'inline' })])).toMatchObject({ action: 'quarantine', removed: [] });
    });
  });

  test('change_recipient names the other address; no other action does', () => {
    const changing: VirusRule = { ...rule, malware: 'change_recipient', recipient: 'lab@example.org' };
    expect(decide([hit()], [], changing)).toMatchObject({ action: 'change_recipient', recipient: 'lab@example.org' });
    expect(decide([], [{ reason: 'damaged', path: [] }], changing)).not.toHaveProperty('recipient');
    expect(decide([hit()], [{ reason: 'damaged', path: [] }], changing)).toMatchObject({ action: 'quarantine' });
  });

  describe('what is done besides', () => {
    const besides: VirusRule = {
      ...rule,
      also: { malware: ['tag_subject', 'archive'], encrypted: ['archive', 'add_header'], limit: ['notify_sender'] },
    };
    const encrypted = { reason: 'encrypted', path: [], part: 2 };

    test('is what every finding asks for, each once', () => {
      expect(decide([hit()], [], besides).also).toEqual(['tag_subject', 'archive']);
      expect(decide([hit()], [encrypted], besides).also).toEqual(['tag_subject', 'archive', 'add_header']);
    });

    test('is nothing where nothing was found', () => {
      expect(decide([], [], besides)).not.toHaveProperty('also');
    });

    test('leaves out what makes no sense with the action that has won', () => {
      expect(decide([hit({ place: 'inline' })], [encrypted], besides)).toMatchObject({
        action: 'quarantine',
        also: ['archive'],
      });
      expect(decide([], [{ reason: 'ratio', path: [] }], besides)).not.toHaveProperty('also');
    });
  });

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
        if (!chosen.startsWith('delete_a')) expect(removed).toEqual([]);
        else expect(removed.length).toBeGreaterThan(0);
      }),
    );
  });

  const sides = fc.uniqueArray(fc.constantFrom(...sideActions));
  const besides = fc.record({ malware: sides, encrypted: sides, unreadable: sides, limit: sides });

  test('nothing is done besides that no finding asks for, nor what contradicts the action', () => {
    fc.assert(
      fc.property(rules, besides, malware, unscannable, (own, also, found, unread) => {
        const decided = decide(found, unread, { ...own, also });
        const asked = new Set([
          ...(found.length > 0 ? also.malware : []),
          ...unread.flatMap(({ reason }) =>
            reason === 'encrypted' ? also.encrypted : reason === 'ratio' ? also.limit : also.unreadable,
          ),
        ]);
        expect(new Set(decided.also ?? [])).toEqual(
          new Set([...asked].filter((side) => !contradicts(decided.action, side))),
        );
        // What is told is decided by what is done besides, and by nothing else.
        const whom = new Set(
          [...(decided.notices ?? []), ...(decided.untold ?? [])].map((each) => `notify_${each.whom}`),
        );
        expect(whom).toEqual(new Set((decided.also ?? []).filter((side) => side.startsWith('notify_'))));
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
