import { connect, type Socket } from 'node:net';

/** A text mail of about 4 KB as it goes over the wire; `serial` makes each one another. */
export function wireMail(serial: number): Buffer {
  const head = `From: a@example.org\r\nTo: b@example.net\r\nSubject: bench ${serial}\r\nMessage-ID: <${serial}@bench.example>\r\n\r\n`;
  const line = `${'The quick brown fox jumps over the lazy dog; '.repeat(2).slice(0, 74)}\r\n`;
  return Buffer.from(`${head}${serial}\r\n${line.repeat(50)}.\r\n`);
}

/** Sends messages, one connection each, over so many sessions; returns messages a second. Throws when one is not accepted. */
export async function load(port: number, sessions: number, messages: number): Promise<number> {
  let left = messages;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: sessions }, async () => {
      while (left-- > 0) await sendOne(port, wireMail(left));
    }),
  );
  return messages / ((performance.now() - began) / 1000);
}

/** Sends a message as it goes over the wire, its final dot included, on a connection of its own. Throws when it is not accepted. */
export async function sendOne(port: number, wire: Buffer): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const replies = repliesOf(socket);
  await expectCode(replies, '220');
  for (const command of ['EHLO bench.example', 'MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.net>']) {
    socket.write(`${command}\r\n`);
    await expectCode(replies, '250');
  }
  socket.write('DATA\r\n');
  await expectCode(replies, '354');
  socket.write(wire);
  await expectCode(replies, '250');
  socket.write('QUIT\r\n');
  await expectCode(replies, '221');
  socket.destroy();
}

async function* repliesOf(socket: Socket): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    for (
      let match = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(text);
      match;
      match = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(text)
    ) {
      text = text.slice(match[0].length);
      yield match[0];
    }
  }
}

async function expectCode(replies: AsyncGenerator<string>, code: string): Promise<void> {
  const { value, done } = await replies.next();
  if (done || !value.startsWith(code)) throw new Error(`expected ${code}, got ${done ? 'the end' : value}`);
}
