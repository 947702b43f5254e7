import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NextHopUnavailable } from '../../../src/actors/ports/mail.ts';
import { actions, sideActions } from '../../../src/events/scan.ts';
import { contradicts, type VirusRule } from '../../../src/machines/virus-rule.ts';
import { atRest } from '../../support/at-rest.ts';
import { runningGateway } from '../running-gateway.ts';

const keeping = ['quarantine', 'delete_message', 'reject'];
const steps = ['archive', 'quarantine', 'next hop'] as const;
type Step = (typeof steps)[number];

const rules = fc
  .record({
    action: fc.constantFrom(...actions),
    also: fc.uniqueArray(fc.constantFrom(...sideActions)),
    // What fails, if anything does.
    failing: fc.option(fc.constantFrom(...steps), { nil: undefined }),
  })
  .map(({ action, also, failing }) => ({ action, also: also.filter((side) => !contradicts(action, side)), failing }));

/** One infected message under a rule: each step with what was on disk when it began, and the reply. */
async function course({
  action,
  also,
  failing,
}: {
  action: string;
  also: readonly string[];
  failing: Step | undefined;
}) {
  const seen: { step: Step | 'reply'; verdictIsDurable: boolean }[] = [];
  const rule: VirusRule = {
    ...{ malware: action, encrypted: 'pass', unsupported: 'pass', unreadable: 'pass', limit: 'pass' },
    ...{ also: { malware: also }, recipient: 'lab@example.org' },
  } as VirusRule;
  const note = async (step: Step) => {
    await undefined;
    seen.push({ step, verdictIsDurable: isDurable() });
    if (step === failing) throw step === 'next hop' ? new NextHopUnavailable('gone') : new Error('disk full');
  };
  const gateway = await runningGateway(
    { rule, archiveFolder: '/archive', addedHeader: ['X-Virus', 'found'] },
    { quarantine: { store: () => note('quarantine') }, archive: () => ({ store: () => note('archive') }) },
  );
  const isDurable = () => gateway.journal.stored.some(({ event }) => event.type === 'sekisho.scan.verdict.v1');
  gateway.nextHop.onData = async () => {
    await note('next hop');
    return { code: 250, text: '2.0.0 Ok' };
  };
  const sending = await gateway.send('AGENT');
  await atRest();
  seen.push({ step: 'reply', verdictIsDurable: isDurable() });
  return { seen, reply: sending.reply, delivered: gateway.nextHop.delivered };
}

test('invariant 1, whatever the rule: verdict durable, copies kept, next hop, reply; what fails ends it with 4xx', async () => {
  await fc.assert(
    fc.asyncProperty(rules, async ({ action, also, failing }) => {
      const { seen, reply, delivered } = await course({ action, also, failing });
      const due: Step[] = [
        ...(also.includes('archive') ? (['archive'] as const) : []),
        ...(action === 'quarantine' ? (['quarantine'] as const) : []),
        ...(keeping.includes(action) ? [] : (['next hop'] as const)),
      ];
      const last = failing !== undefined && due.includes(failing) ? due.indexOf(failing) + 1 : due.length;
      expect(seen.map(({ step }) => step)).toEqual([...due.slice(0, last), 'reply']);
      expect(seen.every(({ verdictIsDurable }) => verdictIsDurable)).toBe(true);
      const hasFailed = failing !== undefined && due.includes(failing);
      expect(Math.floor((reply?.code ?? 0) / 100)).toBe(hasFailed ? 4 : action === 'reject' ? 5 : 2);
      expect(delivered.length).toBe(due.includes('next hop') && !hasFailed ? 1 : 0);
      if (action === 'change_recipient' && !hasFailed) expect(delivered[0]?.recipients).toEqual(['lab@example.org']);
    }),
    { numRuns: 150 },
  );
});
