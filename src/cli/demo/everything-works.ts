import { deliver } from './delivery.ts';
import { Different } from './different.ts';
import { askingMail, cleanMail, eicarMail, servedMalwareCount, servedMalwareName, zippedEicarMail } from './mails.ts';
import type { Narrator } from './narrator.ts';
import { cacheSeconds, type World } from './world.ts';

/** The first half: the Smart Protection Server is there. */
export async function everythingWorks(world: World, tell: Narrator): Promise<void> {
  introduce(world, tell);

  tell.step('A clean mail');
  tell.say(
    'Its text is not in the agent pattern (small, local), and not in the query filter either: the filter holds every',
    'hash that the server knows, so the server need not be asked. The verdict is on disk before the mail goes on.',
  );
  tell.events((await deliver(world, tell, cleanMail(), { code: 250, verdict: 'clean', method: 'smart' })).events);

  tell.step('The EICAR test file as an attachment');
  tell.say('The agent pattern knows it: malware, and again nothing is asked. The virus rule deletes the attachment.');
  const found = { code: 250, verdict: 'malware', removed: true, by: 'agent' } as const;
  const eicar = eicarMail();
  tell.events((await deliver(world, tell, eicar, found)).events);
  tell.say('What the recipient gets in place of the attachment:');
  tell.quote(noticeIn(await world.mailbox.find(eicar.subject)));

  tell.step('The EICAR test file in a zip');
  tell.say('Archives are opened; the malware is in the attachment, so the attachment goes as a whole.');
  tell.events((await deliver(world, tell, zippedEicarMail(), found)).events);

  tell.step('Malware that only the server knows');
  tell.say(
    'The agent pattern does not know this file, but its hash is in the query filter. So the server is asked, by',
    'SHA-256: the file itself never leaves the machine. It answers that this is malware.',
  );
  const asked = await deliver(world, tell, askingMail(1), { ...found, method: 'smart', by: 'server' });
  tell.events(asked.events);
}

function introduce({ smtp, sps, folder }: World, tell: Narrator): void {
  tell.step('A gateway and a Smart Protection Server');
  tell.say(
    `  gateway                  takes mail at ${smtp}, delivers into a Maildir`,
    `  Smart Protection Server  https://${sps.address}, process ${sps.pid()}`,
    `  all of it                in ${folder}, removed at the end`,
    `The server has been given ${servedMalwareCount} more hashes as ${servedMalwareName} (sekisho sps import demo.hsb).`,
    `Times are short here: a server is cached as invalid for ${cacheSeconds} s, in earnest for 300 s.`,
  );
}

/** The notice in place of a removed attachment: a part of its own, in base64 because of its Japanese. */
function noticeIn(mail: string | undefined): string[] {
  const encoded = /^Content-Transfer-Encoding: base64\r\n(?:[^\r\n]+\r\n)*\r\n([A-Za-z0-9+/=\r\n]+)/m.exec(
    mail ?? '',
  )?.[1];
  const lines = Buffer.from(encoded ?? '', 'base64')
    .toString()
    .trimEnd()
    .split(/\r?\n/);
  if (!lines[0]?.includes('was removed')) throw new Different('a notice in place of the attachment', 'there is none');
  return lines;
}
