import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';

/** Bursts of connections wait here instead of being refused; the kernel may cut it down (net.core.somaxconn). */
const BACKLOG = 1024;

/** The address cannot be listened on; the message says which and why. */
export class ListenFailed extends Error {
  constructor(address: ListenAddress, why: string, options?: ErrorOptions) {
    super(`cannot listen on ${formatListenAddress(address)}: ${why}`, options);
    this.name = 'ListenFailed';
  }
}

/** A listening socket. */
export interface Listener {
  /** With the real port. */
  address: ListenAddress;
  /** Takes no more connections; a unix socket's file is removed. Those that are open stay open. */
  close(): void;
}

/**
 * Listens. A unix socket that nobody listens on any more is replaced; anything else at its path is left alone.
 * Throws `ListenFailed`.
 * @param unixSocketMode file mode of a unix socket, e.g. 0o660
 */
export async function listen(
  address: ListenAddress,
  unixSocketMode: number,
  onConnection: (socket: Socket) => void,
): Promise<Listener> {
  const server = createServer({ noDelay: true }, onConnection);
  try {
    await start(server, address);
    if ('path' in address) await chmod(address.path, unixSocketMode);
  } catch (error) {
    server.close();
    if (error instanceof ListenFailed) throw error;
    throw new ListenFailed(address, reason(error as NodeJS.ErrnoException), { cause: error });
  }
  // Accepting can fail later, e.g. without file descriptors: the client then waits in the backlog, and the next is tried.
  server.on('error', () => undefined);
  const bound = server.address();
  const real = typeof bound === 'object' && bound !== null ? { host: bound.address, port: bound.port } : address;
  return { address: real, close: () => void server.close() };
}

async function start(server: Server, address: ListenAddress): Promise<void> {
  try {
    await tryListen(server, address);
  } catch (error) {
    if (!('path' in address) || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await removeStale(address);
    await tryListen(server, address);
  }
}

function tryListen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...address, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function removeStale(address: { path: string }): Promise<void> {
  if (!(await lstat(address.path)).isSocket()) throw new ListenFailed(address, 'a file that is no socket is there');
  if (await answers(address.path)) throw new ListenFailed(address, reasons.EADDRINUSE);
  await unlink(address.path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
    socket.once('connect', () => socket.destroy());
  });
}

const reasons = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'no permission',
  ENOENT: 'no such folder',
  ENOTFOUND: 'no such host name',
};

function reason(error: NodeJS.ErrnoException): string {
  return reasons[error.code as keyof typeof reasons] ?? error.message;
}
