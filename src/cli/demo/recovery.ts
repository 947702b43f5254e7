import { deliver } from './delivery.ts';
import { askingMail, servedMalwareCount } from './mails.ts';
import type { Narrator } from './narrator.ts';
import type { World } from './world.ts';

/** The end: the server is back, and the gateway notices by itself. */
export async function recovery(world: World, tell: Narrator): Promise<void> {
  tell.step('The Smart Protection Server is started again');
  const before = world.watch.position();
  await world.sps.start();
  tell.say(
    'A failed-over server is probed at intervals. It counts as back when it has both: the newest filter for us, and the',
    'right answer about the EICAR test file. A port that merely opens is not enough. Waiting for the next probe ...',
  );
  await world.watch.until('method.smart', before, ({ event }) => event.type === 'sekisho.method.smart.v1');
  tell.events(world.watch.since(before).filter(({ event }) => /^sekisho\.(server|method)\./.test(event.type)));

  tell.step('Smart scan again');
  tell.say('The server answers queries again, and its fail count is zero.');
  const expected = { code: 250, verdict: 'malware', method: 'smart', removed: true, by: 'server' } as const;
  tell.events((await deliver(world, tell, askingMail(servedMalwareCount), expected)).events);
  await tellEnd(world, tell);
}

async function tellEnd(world: World, tell: Narrator): Promise<void> {
  const events = world.watch.position();
  tell.say(
    '',
    `All went as told: ${await world.mailbox.count()} mails delivered, 11 of them at the second try; none lost, none passed unscanned.`,
    `The journal holds ${events} events, every transition of every machine; you saw those of scans and of the server.`,
    'To see it with your own mail: npm start, then npx sekisho events --follow.',
  );
}
