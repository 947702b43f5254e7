import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { SyslogTarget, Transport } from './transport.ts';

/**
 * One datagram a message (RFC 5426). Nobody says whether it has come; a connected socket at least hears that nobody listens,
 * when the other machine says so, with one of the next messages.
 */
export async function openUdp({ host, port }: SyslogTarget): Promise<Transport> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const broken = Promise.withResolvers<void>();
  let trouble: Error | undefined;
  let isClosed = false;
  socket.on('error', (error) => {
    trouble = error;
    broken.resolve();
  });
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await new Promise<void>((resolve) => socket.close(resolve));
  };
  socket.connect(port, address);
  await once(socket, 'connect').catch(async (error) => {
    await close();
    throw error;
  });
  return {
    broken: broken.promise,
    async send(messages) {
      try {
        for (const message of messages) {
          if (trouble !== undefined) throw trouble;
          await sendOne(socket, message);
        }
      } catch (error) {
        await close();
        throw error;
      }
    },
    close,
  };
}

function sendOne(socket: Socket, message: Buffer): Promise<void> {
  return new Promise((resolve, reject) => socket.send(message, (error) => (error ? reject(error) : resolve())));
}
