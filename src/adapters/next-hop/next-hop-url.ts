/** Where a next-hop URL points to. */
export type NextHopTarget =
  | { kind: 'smtp'; host: string; port: number }
  | { kind: 'smtp'; socketPath: string }
  | { kind: 'maildir'; folder: string };

const forms = 'smtp://HOST:PORT, smtp://[IPV6]:PORT, smtp+unix:/PATH or maildir:FOLDER';

function parseHostAndPort(url: string): NextHopTarget {
  const match = /^smtp:\/\/(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+))(?::([0-9]{1,5}))?\/?$/i.exec(url);
  if (!match) throw new Error(`next hop ${JSON.stringify(url)}: expected smtp://HOST:PORT or smtp://[IPV6]:PORT`);
  const port = Number(match[3] ?? 25);
  if (port < 1 || port > 65_535) throw new Error(`next hop ${JSON.stringify(url)}: the port is 1 to 65535`);
  return { kind: 'smtp', host: match[1] ?? match[2] ?? '', port };
}

/** Parses a next-hop URL: `smtp://HOST[:PORT]` (25 when absent), `smtp+unix:/PATH` or `maildir:FOLDER`. Throws `Error` that says what is wrong. */
export function parseNextHopUrl(url: string): NextHopTarget {
  const [, scheme = '', rest = ''] = /^([a-z+]+):(.*)$/is.exec(url) ?? [];
  switch (scheme.toLowerCase()) {
    case 'smtp':
      return parseHostAndPort(url);
    case 'smtp+unix':
      if (rest.startsWith('/')) return { kind: 'smtp', socketPath: rest };
      throw new Error(`next hop ${JSON.stringify(url)}: expected an absolute path after smtp+unix:`);
    case 'maildir':
      if (rest !== '') return { kind: 'maildir', folder: rest };
      throw new Error(`next hop ${JSON.stringify(url)}: expected a folder after maildir:`);
    default:
      throw new Error(`next hop ${JSON.stringify(url)}: expected ${forms}`);
  }
}
