import { connect } from 'node:net';
import { NextHopUnavailable, type Reply } from '../../actors/ports/mail.ts';
import type { Extensions } from './envelope-line.ts';
import type { Protocol } from './next-hop-url.ts';
import { SmtpConnection } from './smtp-connection.ts';

/** The server: by TCP, or by a unix socket. */
export type SmtpAddress = { host: string; port: number } | { socketPath: string };

/** How the server is called in messages. */
export function nameOf(address: SmtpAddress): string {
  if ('socketPath' in address) return `unix:${address.socketPath}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Keywords of an EHLO reply (RFC 5321 4.1.1.1); its first line is the server's name. */
function parseExtensions(reply: Reply): Extensions {
  const extensions = new Map<string, string>();
  for (const line of reply.text.split('\n').slice(1)) {
    const [keyword = '', ...rest] = line.trim().split(/ +/);
    extensions.set(keyword.toUpperCase(), rest.join(' '));
  }
  return extensions;
}

/**
 * Connects and greets: ready for MAIL when it resolves. Throws `NextHopUnavailable`, also when the server turns us away with 5xx,
 * which is trouble between us and it, not the sender's.
 * @param protocol LMTP says LHLO, and nothing else would do (RFC 2033 4.1)
 * @param timeoutMs for all of it: look-up, every address tried, greeting and EHLO
 */
export async function openConnection(
  address: SmtpAddress,
  protocol: Protocol,
  heloName: string,
  timeoutMs: number,
): Promise<SmtpConnection> {
  const socket =
    'socketPath' in address
      ? connect({ path: address.socketPath })
      : connect({ host: address.host, port: address.port, noDelay: true });
  const connection = new SmtpConnection(socket, nameOf(address));
  const timer = setTimeout(() => connection.fail(`not connected within ${timeoutMs} ms`), timeoutMs);
  try {
    refuse(await connection.greeting(timeoutMs), 'greeting', address);
    const verb = protocol === 'lmtp' ? 'LHLO' : 'EHLO';
    const hello = await connection.command(`${verb} ${heloName}`, timeoutMs);
    if (protocol === 'smtp' && hello.code >= 500 && hello.code <= 504) {
      refuse(await connection.command(`HELO ${heloName}`, timeoutMs), 'HELO', address);
    } else {
      refuse(hello, verb, address);
      connection.extensions = parseExtensions(hello);
    }
    return connection;
  } catch (error) {
    connection.fail('given up');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function refuse(reply: Reply, phase: string, address: SmtpAddress): void {
  if (reply.code >= 200 && reply.code < 300) return;
  throw new NextHopUnavailable(`next hop ${nameOf(address)}: ${phase}: ${reply.code} ${reply.text}`);
}
