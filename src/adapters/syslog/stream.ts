import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { SyslogTarget, Transport } from './transport.ts';

/** How long a connection may take, and how long a server may take no data. */
const connectMsMax = 10_000;
const sendMsMax = 10_000;
/** How long the rest may take at the end. */
const closeMsMax = 1000;

/** TCP or TLS with octet counting (RFC 6587 3.4.1, RFC 5425 4.3): a message may hold anything. */
export async function openStream({ protocol, host, port }: SyslogTarget, ca: Buffer | undefined): Promise<Transport> {
  const socket =
    protocol === 'tls'
      ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...(ca && { ca }) })
      : connect({ host, port });
  socket.setKeepAlive(true, 60_000);
  const failed = failureOf(socket);
  await within(connectMsMax, 'no connection', socket, [opened(socket, protocol), failed]);
  // Servers say nothing; without a reader their end of the connection would go unnoticed.
  socket.resume();
  return {
    broken: failed.catch(() => undefined),
    async send(messages) {
      const framed = messages.flatMap((message) => [Buffer.from(`${message.length} `), message]);
      const written = new Promise<void>((resolve) => socket.write(Buffer.concat(framed), () => resolve()));
      // The failure goes first: what is written to a broken connection is taken as well.
      await within(sendMsMax, 'no data is taken', socket, [failed, written]);
      if (socket.destroyed || !socket.writable) await failed;
    },
    close: () =>
      new Promise((resolve) => {
        socket.once('close', () => resolve());
        if (socket.destroyed) return resolve();
        socket.end();
        setTimeout(() => socket.destroy(), closeMsMax).unref();
      }),
  };
}

function opened(socket: Socket, protocol: SyslogTarget['protocol']): Promise<void> {
  return new Promise((resolve) => socket.once(protocol === 'tls' ? 'secureConnect' : 'connect', () => resolve()));
}

/** Rejects when the connection is over, whoever ended it. */
function failureOf(socket: Socket): Promise<never> {
  const failed = new Promise<never>((_resolve, reject) => {
    socket.on('error', reject);
    socket.once('end', () => {
      socket.destroy();
      reject(new Error('the server closed the connection'));
    });
    socket.once('close', () => reject(new Error('the connection is closed')));
  });
  failed.catch(() => undefined);
  return failed;
}

async function within(ms: number, what: string, socket: Socket, outcomes: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([...outcomes, late]);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
