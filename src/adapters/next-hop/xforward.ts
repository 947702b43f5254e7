import { isIPv4, isIPv6 } from 'node:net';
import type { ClientInfo } from '../../actors/ports/mail.ts';

/** Longest XFORWARD command, CRLF included (Postfix XFORWARD_README). */
const commandBytesMax = 512;
const unavailable = '[UNAVAILABLE]';

/** RFC 3461 4: `+`, `=` and what is not printable ASCII as `+XX`. */
export function encodeXtext(text: string): string {
  return text.replace(/[^!-*,-<>-~]+/gu, (characters) => {
    const bytes = Buffer.from(characters);
    return Array.from(bytes, (byte) => `+${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  });
}

/** IPv4, or IPv6 without the form that maps IPv4; undefined for a unix socket or this machine. */
function remoteAddress(address: string): string | undefined {
  const plain = address.replace(/^::ffff:(?=[0-9.]+$)/i, '');
  if (isIPv4(plain)) return plain.startsWith('127.') ? undefined : plain;
  return isIPv6(plain) && plain !== '::1' ? plain : undefined;
}

/** What is known of the client: as forwarded to us; else of the connection itself, unless that comes from this machine. */
function attributesOf(client: ClientInfo): ReadonlyMap<string, string> {
  if (client.xforward.size > 0) return client.xforward;
  const address = remoteAddress(client.address);
  if (!address) return client.xforward;
  return new Map([
    ['ADDR', address],
    ['PORT', client.port > 0 ? String(client.port) : unavailable],
    ['PROTO', 'ESMTP'],
    ['HELO', client.helo],
    ['SOURCE', 'REMOTE'],
  ]);
}

function encodeAttribute(name: string, value: string | undefined): string {
  if (!value || value === unavailable) return `${name}=${unavailable}`;
  const text = encodeXtext(name === 'ADDR' && isIPv6(value) ? `IPV6:${value}` : value);
  const isTooLong = 'XFORWARD '.length + name.length + 1 + text.length + 2 > commandBytesMax;
  return `${name}=${isTooLong ? unavailable : text}`;
}

/**
 * XFORWARD commands (without CRLF) that tell the next hop who the client is; none when nothing is known.
 * Every offered attribute is named, unknown ones as `[UNAVAILABLE]`, so that nothing of an earlier client remains.
 * `offered` are the attribute names of the server's EHLO reply; `isUsed` says that this connection told of another client before.
 */
export function xforwardCommands(client: ClientInfo, offered: readonly string[], isUsed: boolean): string[] {
  const attributes = attributesOf(client);
  if (!isUsed && !offered.some((name) => attributes.has(name))) return [];
  const commands: string[] = [];
  let command = 'XFORWARD';
  for (const name of offered) {
    const attribute = encodeAttribute(name, attributes.get(name));
    if (command.length + 1 + attribute.length + 2 > commandBytesMax) {
      commands.push(command);
      command = 'XFORWARD';
    }
    command += ` ${attribute}`;
  }
  if (command !== 'XFORWARD') commands.push(command);
  return commands;
}
