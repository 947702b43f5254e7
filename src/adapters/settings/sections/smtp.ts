import { section } from '../section.ts';
import { cidr } from '../values/cidr.ts';
import { list } from '../values/combined.ts';
import { hostName } from '../values/host.ts';
import { listenAddress } from '../values/listen-address.ts';
import { integer } from '../values/number.ts';
import { choice } from '../values/words.ts';

const since = '0.1.0';

/** Mail coming in. */
export const smtp = section('Mail coming in from the MTA.', {
  listen: {
    type: list(listenAddress, { max: 16 }),
    default: '127.0.0.1:10025',
    doc: 'Where the gateway takes mail: addresses parted by commas, each `host:port`, `[v6]:port` or `unix:PATH`. Port 0 takes any free port.',
    since,
  },
  hostname: {
    type: hostName,
    default: { from: ({ hostName }) => hostName, doc: "the machine's host name" },
    doc: 'The name that the gateway calls itself in its greeting, in EHLO to the next hop and in Received fields (loop detection).',
    since,
  },
  clients_max: {
    type: integer(1, 10_000),
    default: '200',
    doc: 'Connections at one time. One more is answered 421.',
    since,
  },
  clients_per_address_max: {
    type: integer(1, 10_000),
    default: { from: ({ clientsMax }) => String(clientsMax), doc: 'as `clients_max`' },
    doc: 'Connections at one time from one address. One more is answered 421.',
    since,
  },
  message_bytes_max: {
    type: integer(1024, 2_147_483_647),
    default: '52428800',
    doc: 'Size of a message, announced as SIZE. A larger one is answered 552. The default is 50 MiB.',
    since,
  },
  recipients_max: {
    type: integer(1, 100_000),
    default: '1000',
    doc: 'Recipients of a message. One more is answered 452. RFC 5321 asks for at least 100.',
    since,
  },
  idle_seconds_max: {
    type: integer(1, 3600),
    default: '300',
    doc: 'How long a client may be silent between commands; then 421.',
    since,
  },
  data_seconds_max: {
    type: integer(1, 86_400),
    default: '600',
    doc: 'How long the content of one message may take to arrive; then 421, and nothing of it is kept.',
    since,
  },
  hops_max: {
    type: integer(1, 1000),
    default: '50',
    doc: 'Received fields of a message. More is a loop and answered 554 after the final dot.',
    since,
  },
  memory_bytes_max: {
    type: integer(1_048_576, 68_719_476_736),
    default: '268435456',
    doc: 'Memory for messages in hand, all together. What goes beyond waits in files of the state folder. The default is 256 MiB.',
    since,
  },
  xforward_hosts: {
    type: list(cidr, { min: 0, max: 256 }),
    default: '127.0.0.0/8, ::1',
    doc: 'Clients that may say with XFORWARD where mail came from: addresses and ranges. Others get 550. A client of a unix socket always may.',
    since,
  },
  bare_line_ends: {
    type: choice('keep', 'normalize', 'refuse'),
    default: 'normalize',
    doc: 'What to do with a line that is only a dot between bare CR or LF, in which some next hops see the end of the message (SMTP smuggling): `keep` passes it on, for a next hop known to be strict; `normalize` makes the line end before it CRLF, so that it is harmless; `refuse` answers 554. Other bare line ends stay as they are.',
    since,
  },
});
