import { isIPv6 } from 'node:net';

/** Where to listen: TCP, or a unix socket. */
export type ListenAddress = { host: string; port: number } | { path: string };

/** A listen address that cannot be read. */
export class BadListenAddress extends Error {
  constructor(text: string, options?: ErrorOptions) {
    super(`"${text}" is no listen address: expected host:port, [ipv6]:port or unix:/path`, options);
    this.name = 'BadListenAddress';
  }
}

/** Reads `127.0.0.1:10025`, `[::1]:10025`, `name:10025` or `unix:/run/sekisho.sock`; port 0 is any free one. Throws `BadListenAddress`. */
export function parseListenAddress(text: string): ListenAddress {
  const path = /^unix:(\/.+)$/.exec(text)?.[1];
  if (path !== undefined) return { path };
  const [, v6, name, digits] = /^(?:\[([^\]]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || (v6 !== undefined && !isIPv6(v6))) throw new BadListenAddress(text);
  return { host, port };
}

/** The same notation for an address in use. */
export function formatListenAddress(address: ListenAddress): string {
  if ('path' in address) return `unix:${address.path}`;
  return isIPv6(address.host) ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
