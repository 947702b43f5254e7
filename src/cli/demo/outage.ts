import type { Recorded } from '../../events/envelope.ts';
import { hostOf } from '../../events/server-name.ts';
import { failoverText, unavailableText } from '../../projections/system-events/specified-texts.ts';
import { type Delivery, deliver } from './delivery.ts';
import { Different } from './different.ts';
import { askingMail, cleanMail } from './mails.ts';
import type { Narrator } from './narrator.ts';
import type { World } from './world.ts';

/** `cache_threshold_count` is 10: the 11th failure in a row trips. */
const tripCount = 11;
const firstAsking = 2;

/** The second half: the server stops, mail is deferred, then scanned conventionally. */
export async function outage(world: World, tell: Narrator): Promise<void> {
  tell.step('The Smart Protection Server stops');
  await world.sps.stop();
  world.logLines();
  tell.say('It is gone. What does the gateway say to a mail that needs a query?');
  const first = await deliver(world, tell, askingMail(firstAsking), { code: 451 });
  expectScanningError(first);
  tell.say(
    'Neither passed unscanned nor bounced: 451 leaves the mail in the queue of the sending MTA, which tries again later.',
    'The gateway keeps no queue of its own. Its terminal log says of this mail:',
  );
  tell.quote(world.logLines().filter((line) => /^(\[NORMAL\]|Error: )/.test(line)));
  tell.events(first.events);

  tell.step('Mail that needs no query still passes');
  tell.say('What the agent pattern or the filter settles is delivered at once, server or no server.');
  await deliver(world, tell, cleanMail(), { code: 250, verdict: 'clean' });

  await trip(world, tell);
  await failover(world, tell);
}

async function trip(world: World, tell: Narrator): Promise<void> {
  tell.step(`${tripCount} failures in a row`);
  tell.say('Each failed query counts. The threshold is 10, so the 11th failure trips.');
  const before = world.watch.position();
  for (let failure = 2; failure <= tripCount; failure++) {
    const one = await deliver(world, tell, askingMail(firstAsking + failure - 1), { code: 451 }, 'last');
    expectScanningError(one);
    const states = one.events.filter(isOfServer);
    tell.events(states);
    expectCount(states, failure);
  }
  const tripped = eventOf(world.watch.since(before), 'server.cached-invalid');
  const { cacheSeconds } = tripped.event.data;
  tell.systemEvent('error', unavailableText(hostOf(world.sps.address), Number(cacheSeconds)));
  tell.say(
    'The server is cached as invalid: for so long it is not asked at all, and mail does not wait for it in vain.',
  );
  world.logLines();
}

async function failover(world: World, tell: Narrator): Promise<void> {
  tell.step('The failover');
  tell.say(
    'The sender of the first deferred mail tries again. A mail received now makes the gateway try to connect to the',
    'server. It cannot: from here on it scans with the full local pattern, and this very mail is the first.',
  );
  const conventional = { code: 250, method: 'conventional', removed: true, by: 'conventional' } as const;
  const retried = await deliver(world, tell, askingMail(firstAsking), conventional);
  eventOf(retried.events, 'method.conventional');
  tell.events(retried.events);
  tell.systemEvent('error', failoverText);
  tell.say(
    'Eleven mails got 451, and no more will: so it is in every outage, however many come in at once.',
    'The sender tries the others again, and a clean mail comes, too. Nobody waits for the server now:',
  );
  for (let number = firstAsking + 1; number < firstAsking + tripCount; number++) {
    await deliver(world, tell, askingMail(number), conventional, 'last');
  }
  await deliver(world, tell, cleanMail(), { code: 250, verdict: 'clean', method: 'conventional' }, 'last');
}

const isOfServer = ({ event }: Recorded) => event.type.startsWith('sekisho.server.');

/** The event of this type; throws `Different` when it is not there. */
function eventOf(events: readonly Recorded[], name: string): Recorded {
  const found = events.find(({ event }) => event.type === `sekisho.${name}.v1`);
  if (!found) throw new Different(`an event ${name}`, `these came: ${events.map(typeOf).join(', ') || 'none'}`);
  return found;
}
const typeOf = ({ event }: Recorded) => event.type;

function expectCount(states: readonly Recorded[], count: number): void {
  const expected = count === tripCount ? 'sekisho.server.cached-invalid.v1' : 'sekisho.server.failing.v1';
  const fits = states.some(({ event }) => event.type === expected && event.data.failCount === count);
  if (!fits)
    throw new Different(`${expected} with fail count ${count}`, `these came: ${states.map(typeOf).join(', ')}`);
}

function expectScanningError({ reply }: Delivery): void {
  const literally = 'Email rejected for a scanning error.';
  if (reply.text !== literally) throw new Different(`the reply 451 ${literally}`, `it was ${reply.code} ${reply.text}`);
}
