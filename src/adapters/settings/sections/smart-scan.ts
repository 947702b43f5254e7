import { section } from '../section.ts';
import { list, optional } from '../values/combined.ts';
import { integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { sectionName } from '../values/section-name.ts';
import { httpsServer } from '../values/server.ts';
import { webUrl } from '../values/url.ts';
import { choice, yesNo } from '../values/words.ts';

const since = '0.1.0';

/** File reputation. */
export const smart_scan = section('Search method and the Smart Protection Servers that are asked.', {
  method: {
    type: choice('smart', 'conventional'),
    default: 'smart',
    doc: '`smart`: agent pattern, query filter, server. `conventional`: the full local pattern, and no server is asked.',
    since,
  },
  servers: {
    type: list(httpsServer, { max: 16 }),
    default: 'https://127.0.0.1:8443',
    doc: 'Smart Protection Servers, parted by commas, each `https://host:port` (port 443 when it is not given). All must serve the same pattern.',
    since,
  },
  services: {
    type: list(sectionName, { min: 0, max: 16 }),
    default: '',
    doc: 'Other reputation services that are asked besides, by the NAME of their `[service.NAME]`, in the order that `combination` is about. Empty: none.',
    since: '0.5.0',
  },
  services_about: {
    type: choice('files', 'all'),
    default: 'files',
    doc: 'What services are asked about. `files`: every suspicious file that came with a message, at any depth. `all`: the text of the message and the message as a whole, too; hardly two of these are equal, so it costs requests, and a short text can be guessed from its hash.',
    since: '0.5.0',
  },
  combination: {
    type: choice('any', 'first', 'quorum'),
    default: 'any',
    doc: 'What counts when several are asked. `any`: a file is malware when any calls it so; all are asked at once. `first`: one after the other, the servers before the services; who knows a file decides, and those after it are not asked. `quorum`: malware is what the servers, or `quorum` services, call so.',
    since: '0.5.0',
  },
  quorum: {
    type: integer(2, 16),
    default: '2',
    doc: 'How many services must call a file malware with `combination = quorum`.',
    since: '0.5.0',
  },
  order: {
    type: choice('listed', 'random'),
    default: 'listed',
    doc: 'In which order the servers are tried: as listed, or at random for each query.',
    since,
  },
  ca_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of the certificate authorities to trust for the servers. Empty: those of the system, and the one of the local server (`[sps] folder`) if it exists.',
    since,
  },
  api_key_file: {
    type: optional(path),
    default: '',
    doc: 'File whose first line is the key that is shown to the servers. Read again when it changes, and never shown. Empty: none.',
    since: '0.5.0',
  },
  client_certificate_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of the certificate that is shown to servers that ask for one, with those between it and its authority.',
    since: '0.5.0',
  },
  client_key_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of the private key of `client_certificate_file`.',
    since: '0.5.0',
  },
  query_timeout_ms: {
    type: integer(100, 60_000),
    default: '1500',
    doc: 'How long one server may take to answer a query. Then the query counts as failed, and the next server is asked.',
    since,
  },
  query_total_ms: {
    type: integer(100, 300_000),
    // A longer time-out, as the text advises it, must not need a second key.
    default: {
      from: ({ queryTimeoutMs }) => String(Math.max(5000, queryTimeoutMs)),
      doc: '5000, or `query_timeout_ms` where that is more',
    },
    doc: 'How long a query may take over all servers that are tried. A server that was not asked is not counted.',
    since,
  },
  query_by: {
    type: choice('hash', 'prefix'),
    default: 'hash',
    doc: 'What a server is told of a file: `hash` its SHA-256, `prefix` the first four bytes of it. Then the server gives all it knows that begins so, and the gateway decides.',
    since: '0.5.0',
  },
  hashes_per_query_max: {
    type: integer(1, 1000),
    default: '1000',
    doc: 'Hashes in one query. A message with more is asked about in several queries.',
    since,
  },
  fail_over: {
    type: yesNo,
    default: 'yes',
    doc: 'Whether to switch to conventional scan when no server can be reached. With `no`, every message that needs a query gets 451 until a server works again.',
    since,
  },
  proxy: {
    type: optional(webUrl('http')),
    default: '',
    doc: 'HTTP proxy for queries and updates, `http://host:port`. Empty: none.',
    since,
  },
  filter_check_seconds: {
    type: integer(1, 86_400),
    default: '900',
    doc: 'How often a newer query filter is looked for.',
    since,
  },
  filter_age_alert_seconds: {
    type: integer(1, 2_592_000),
    default: '3600',
    doc: 'A filter that was not confirmed for so long raises an alert. It stays in use.',
    since,
  },
  answers_max: {
    type: integer(0, 10_000_000),
    default: '100000',
    doc: 'Answers of servers kept in memory, each for the time that the server allows. 0 keeps none; at the limit the oldest goes.',
    since,
  },
  answers_bytes_max: {
    type: integer(0, 68_719_476_736),
    default: '67108864',
    doc: 'Memory that they may take, as estimated; at the limit the oldest goes. The default is 64 MiB, and holds about 200000.',
    since: '0.5.0',
  },
  answers_on_disk: {
    type: yesNo,
    default: 'yes',
    doc: 'Whether they are kept in the state folder as well, so that a restart does not ask again. They name SHA-256 of files in mail.',
    since: '0.5.0',
  },
  allow_hashes_file: {
    type: optional(path),
    default: '',
    doc: 'File of SHA-256 hashes, one on a line, of well-known harmless files that are not looked up. Empty: none but the empty file.',
    since,
  },
});
