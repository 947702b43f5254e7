import { section } from '../section.ts';
import { list, optional } from '../values/combined.ts';
import { hostName } from '../values/host.ts';
import { tcpAddress } from '../values/listen-address.ts';
import { decimal, integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { webUrl } from '../values/url.ts';
import { yesNo } from '../values/words.ts';

const since = '0.1.0';

/** Our own Smart Protection Server. */
export const sps = section('The Smart Protection Server that `sekisho sps` runs.', {
  listen: {
    type: list(tcpAddress, { max: 16 }),
    default: '127.0.0.1:8443',
    doc: 'Where it answers over HTTPS: addresses parted by commas, each `host:port` or `[v6]:port`. Port 0 takes any free port.',
    since,
  },
  folder: {
    type: path,
    default: { from: ({ stateFolder }) => `${stateFolder}/sps`, doc: '`sps` in `[state] folder`' },
    doc: 'Its data, certificate and certificate authority (`ca.pem`). Made when it is missing.',
    since,
  },
  names: {
    type: list(hostName, { min: 0, max: 100 }),
    default: '',
    doc: 'Further names and addresses for its certificate, beside localhost, the listening addresses and the machine itself.',
    since,
  },
  filter_false_positive_rate: {
    type: decimal(0.000001, 0.1),
    default: '0.0001',
    doc: 'Share of unknown files that the query filter asks the server about in vain. Less makes a larger filter.',
    since,
  },
  publish_by_itself: {
    type: yesNo,
    default: 'yes',
    doc: 'Whether every import is published as soon as it is built. `no`: `sekisho sps publish` does it; the running server takes that over.',
    since: '0.5.0',
  },
  component_min_wait_seconds: {
    type: integer(0, 86_400),
    default: '60',
    doc: 'How long gateways and other servers are asked to wait before they look for newer components again.',
    since: '0.5.0',
  },
  answer_ttl_known_seconds: {
    type: integer(0, 86_400),
    default: '900',
    doc: 'How long gateways may keep the answer that a file is malicious. A false positive that is taken back may live on for so long.',
    since: '0.5.0',
  },
  answer_ttl_unknown_seconds: {
    type: integer(0, 86_400),
    default: '900',
    doc: 'How long gateways may keep the answer that nothing is known of a file. A new pattern ends it before.',
    since: '0.5.0',
  },
  client_ca_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of the authorities whose certificates clients may show. With this or `client_keys_file`, whoever shows neither is answered 401.',
    since: '0.5.0',
  },
  client_keys_file: {
    type: optional(path),
    default: '',
    doc: 'File of the keys that clients may show, one a line: name, SHA-256 of the key, and if need be `hashes-per-second=N` and `burst=N`. `sekisho sps client-key` adds one. A change is noticed within a second.',
    since: '0.5.0',
  },
  client_hashes_per_second: {
    type: integer(0, 1_000_000_000),
    default: '0',
    doc: 'Hashes that one client may ask about in a second, in the long run; any other request counts as one. A client is a key, a certificate, or an address (of IPv6 the /64). More is answered 429. 0: no limit.',
    since: '0.5.0',
  },
  client_hashes_burst: {
    type: integer(1, 1_000_000_000),
    default: '10000',
    doc: 'Hashes that one client may ask about at once, after a rest.',
    since: '0.5.0',
  },
  follow: {
    type: optional(webUrl('https')),
    default: '',
    doc: 'Another Smart Protection Server, `https://host:port`, whose components this one serves as they are, without data of its own. Empty: it builds its own.',
    since: '0.5.0',
  },
  follow_seconds: {
    type: integer(1, 86_400),
    default: '60',
    doc: 'How often that server is asked for newer components.',
    since: '0.5.0',
  },
  follow_ca_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of the certificate authorities to trust for that server. Empty: those of the system.',
    since: '0.5.0',
  },
  follow_keys_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of the public keys that sign its components (its `signing-key.pub.pem`). Needed to follow.',
    since: '0.5.0',
  },
  follow_api_key_file: {
    type: optional(path),
    default: '',
    doc: 'File whose first line is the key to show to that server. Empty: none.',
    since: '0.5.0',
  },
  kafka_feed: {
    type: yesNo,
    default: 'no',
    doc: 'Whether reputation entries are taken in from Kafka (`[kafka] brokers`), from the compacted topic `<prefix>.reputation.v1`, as the source `kafka`.',
    since: '0.5.0',
  },
});
