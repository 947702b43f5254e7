import { isIP, isIPv4, isIPv6 } from 'node:net';
import { valueType } from './value-type.ts';

/** A host and a TCP port. */
export interface HostPort {
  /** Name or IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** True for an IP address or a name of letters, digits, hyphens and dots (RFC 1123 2.1; underscores, which exist, too). */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  // What looks like an address and is none is a slip, not a name.
  if (/^[\d.]+$/.test(text) || text.length > 253) return false;
  return text.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** Reads `host:port` or `[v6]:port`; undefined when it is neither. */
export function readHostPort(text: string, portDefault?: number): HostPort | undefined {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = portText === undefined ? portDefault : Number(portText);
  if (host === undefined || port === undefined || port > 65_535) return undefined;
  if (bracketed !== undefined ? !isIPv6(bracketed) : !isHost(host)) return undefined;
  return { host, port };
}

/** Writes host and port so that `readHostPort` reads them again. */
export function hostPortText({ host, port }: HostPort): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** A host name or an IP address. */
export const hostName = valueType('a host name or IP address', (text) => (isHost(text) ? text : undefined));
