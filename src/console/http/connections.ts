import type { Server } from 'node:net';
import { addressBlock } from '../../http/address-block.ts';

/** Connections at once: of all, and of one address (of IPv6 the /64). More are closed. */
export interface ConnectionLimits {
  max: number;
  perAddressMax: number;
}

/** Holds a server to them, so that one who opens many leaves room for others. */
export function limitConnections(server: Server, { max, perAddressMax }: ConnectionLimits): void {
  server.maxConnections = max;
  const open = new Map<string, number>();
  // Before HTTP or TLS begin to work for it.
  server.prependListener('connection', (socket) => {
    const from = addressBlock(socket.remoteAddress ?? '');
    const count = (open.get(from) ?? 0) + 1;
    if (count > perAddressMax) return void socket.destroy();
    open.set(from, count);
    socket.once('close', () => {
      const left = (open.get(from) ?? 1) - 1;
      if (left > 0) open.set(from, left);
      else open.delete(from);
    });
  });
}
