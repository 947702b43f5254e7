import type { Reply } from '../../actors/ports/mail.ts';
import type { Recorded } from '../../events/envelope.ts';
import type { Verdict } from '../../events/scan.ts';
import { Different } from './different.ts';
import type { DemoMail } from './mails.ts';
import type { Narrator } from './narrator.ts';
import type { World } from './world.ts';

/** What became of one mail. */
export interface Delivery {
  /** Reply to the final dot. */
  reply: Reply;
  /** Every event of its scan, and of the server and the search method meanwhile. */
  events: readonly Recorded[];
  verdict: Verdict | undefined;
}

/** What should become of it. */
export interface Expectation {
  /** Reply code to the final dot. */
  code: number;
  verdict?: Verdict['verdict'];
  method?: Verdict['method'];
  /** The attachment is replaced by a notice. */
  removed?: boolean;
  /** `server`: the verdict rests on an answer of the Smart Protection Server. */
  by?: 'agent' | 'server' | 'conventional';
}

const typeOf = ({ event }: Recorded) => event.type;
const isEnd = (recorded: Recorded) => /^sekisho\.scan\.(answered|deferred)\.v1$/.test(typeOf(recorded));
const isShown = (recorded: Recorded) => /^sekisho\.(scan|server|method)\./.test(typeOf(recorded));

/** Sends a mail, shows the replies (all, or the last), and waits until its scan has ended in the journal. */
export async function deliver(
  { sender, watch }: World,
  { reply: show }: Pick<Narrator, 'reply'>,
  mail: DemoMail,
  expected: Expectation,
  shown: 'all' | 'last' = 'all',
): Promise<Delivery> {
  const before = watch.position();
  const replies = await sender.send(mail);
  for (const [command, reply] of shown === 'all' ? replies : replies.slice(-1)) {
    show(shown === 'all' ? command : `"${mail.subject}", final dot`, reply);
  }
  const [, reply] = replies.at(-1) ?? ['', { code: 0, text: 'none' }];
  const end = await watch.until('of the end of the scan', before, isEnd);
  const events = watch.since(before).filter((each) => isShown(each) && each.sequence <= end.sequence);
  const verdict = events.find((each) => typeOf(each) === 'sekisho.scan.verdict.v1')?.event.data.verdict as
    | Verdict
    | undefined;
  check(mail, expected, { reply, events, verdict });
  return { reply, events, verdict };
}

function check({ subject }: DemoMail, expected: Expectation, { reply, verdict }: Delivery): void {
  const facts: readonly (readonly [name: string, expected: unknown, found: unknown])[] = [
    ['reply', expected.code, reply.code],
    ['verdict', expected.verdict, verdict?.verdict],
    ['method', expected.method, verdict?.method],
    ['removed attachments', expected.removed && 1, verdict?.removed.length],
    ['malware found by', expected.by, verdict?.malware[0]?.by],
  ];
  for (const [name, wanted, found] of facts) {
    if (wanted === undefined || wanted === found) continue;
    throw new Different(`${name} ${wanted} for the mail "${subject}"`, `it was ${found} (${reply.code} ${reply.text})`);
  }
}
