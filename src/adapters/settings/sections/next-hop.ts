import { section } from '../section.ts';
import { nextHopUrl } from '../values/next-hop.ts';
import { integer } from '../values/number.ts';

const since = '0.1.0';

/** Mail going on. */
export const next_hop = section('Where mail goes after the scan. Trouble here is 451 to the client, never 5xx.', {
  url: {
    type: nextHopUrl,
    default: 'smtp://127.0.0.1:10026',
    doc: '`smtp://host:port` (port 25 when it is not given), `smtp+unix:/PATH`; `lmtp://host:port` (port 24) or `lmtp+unix:/PATH`, one recipient a transaction (docs/postfix.md); or `maildir:FOLDER` to deliver into a Maildir.',
    since,
  },
  connections_max: {
    type: integer(1, 10_000),
    default: '50',
    doc: 'Connections at one time. A message that needs one more waits for one to become free.',
    since,
  },
  connect_seconds_max: {
    type: integer(1, 300),
    default: '30',
    doc: 'How long a connection may take up to the greeting; then 451.',
    since,
  },
  command_seconds_max: {
    type: integer(1, 3600),
    default: '300',
    doc: 'How long the next hop may take to answer a command (RFC 5321 4.5.3.2 says 5 minutes); then 451.',
    since,
  },
  data_seconds_max: {
    type: integer(1, 3600),
    default: '600',
    doc: 'How long the next hop may take for the content and its answer to the final dot (RFC 5321 4.5.3.2 says 10 minutes); then 451.',
    since,
  },
  idle_seconds_max: {
    type: integer(1, 3600),
    default: '60',
    doc: 'How long an unused connection is kept.',
    since,
  },
});
