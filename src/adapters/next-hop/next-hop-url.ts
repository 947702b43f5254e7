/** What is spoken with the next hop. */
export type Protocol = 'smtp' | 'lmtp';

/** Where a next-hop URL points to. */
export type NextHopTarget =
  | { kind: Protocol; host: string; port: number }
  | { kind: Protocol; socketPath: string }
  | { kind: 'maildir'; folder: string };

const forms = 'smtp://HOST:PORT, smtp://[IPV6]:PORT, smtp+unix:/PATH, the same with lmtp, or maildir:FOLDER';

/** LMTP has no port of its own; 24 is what mail stores use. */
const defaultPort = { smtp: 25, lmtp: 24 };

function parseHostAndPort(url: string, kind: Protocol): NextHopTarget {
  const match = /^[a-z]+:\/\/(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+))(?::([0-9]{1,5}))?\/?$/i.exec(url);
  if (!match) throw new Error(`next hop ${JSON.stringify(url)}: expected ${kind}://HOST:PORT or ${kind}://[IPV6]:PORT`);
  const port = Number(match[3] ?? defaultPort[kind]);
  if (port < 1 || port > 65_535) throw new Error(`next hop ${JSON.stringify(url)}: the port is 1 to 65535`);
  // RFC 2033 5: who sends SMTP there would be misunderstood.
  if (kind === 'lmtp' && port === 25) throw new Error(`next hop ${JSON.stringify(url)}: LMTP is not spoken on port 25`);
  return { kind, host: match[1] ?? match[2] ?? '', port };
}

function parseSocket(url: string, path: string, kind: Protocol): NextHopTarget {
  if (path.startsWith('/')) return { kind, socketPath: path };
  throw new Error(`next hop ${JSON.stringify(url)}: expected an absolute path after ${kind}+unix:`);
}

/**
 * Parses a next-hop URL: `smtp://HOST[:PORT]` (25 when absent), `smtp+unix:/PATH`, `lmtp://HOST[:PORT]` (24), `lmtp+unix:/PATH` or
 * `maildir:FOLDER`. Throws `Error` that says what is wrong.
 */
export function parseNextHopUrl(url: string): NextHopTarget {
  const [, given = '', rest = ''] = /^([a-z+]+):(.*)$/is.exec(url) ?? [];
  const scheme = given.toLowerCase();
  switch (scheme) {
    case 'smtp':
    case 'lmtp':
      return parseHostAndPort(url, scheme);
    case 'smtp+unix':
      return parseSocket(url, rest, 'smtp');
    case 'lmtp+unix':
      return parseSocket(url, rest, 'lmtp');
    case 'maildir':
      if (rest !== '') return { kind: 'maildir', folder: rest };
      throw new Error(`next hop ${JSON.stringify(url)}: expected a folder after maildir:`);
    default:
      throw new Error(`next hop ${JSON.stringify(url)}: expected ${forms}`);
  }
}
