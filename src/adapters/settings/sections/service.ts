import { hashServiceKinds } from '../../../actors/ports/hash-service.ts';
import { section } from '../section.ts';
import { list, optional } from '../values/combined.ts';
import { dnsZone } from '../values/dns-zone.ts';
import { integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { resolverAddress } from '../values/resolver.ts';
import { webUrl } from '../values/url.ts';
import { choice, yesNo } from '../values/words.ts';

const since = '0.5.0';

const doc = `Another reputation service; NAME is one word of small letters, digits, \`-\` and \`_\`, and stands in logs and events. It is used when \`[smart_scan] services\` names it. It has no query filter: it is asked about every suspicious file, by SHA-256. Services stand in the file only, not in the environment. docs/reputation-services.md says what each knows, and its terms of use.`;

/** One service, `[service.NAME]`. */
export const reputationService = section(doc, {
  kind: {
    type: optional(choice(...hashServiceKinds)),
    default: '',
    doc: 'Must be given. `mhr`: Team Cymru Malware Hash Registry. `hbl`: Spamhaus Hash Blocklist. `virustotal`: VirusTotal v3. `circl`: CIRCL hashlookup.',
    since,
  },
  role: {
    type: choice('required', 'advisory'),
    default: 'advisory',
    doc: '`required`: a message is answered 451 without its answer; as with a Smart Protection Server, scans are conventional when it is cached as invalid and cannot be reached. `advisory`: the message goes on without, and its verdict says so.',
    since,
  },
  key_file: {
    type: optional(path),
    default: '',
    doc: 'File whose first line is the key of `hbl` or `virustotal`. Only its owner may read it (mode 0600).',
    since,
  },
  zone: {
    type: optional(dnsZone),
    default: '',
    doc: 'Of `mhr` and `hbl`: the zone that is asked. Empty: `hash.cymru.com`, `hbl.dq.spamhaus.net`.',
    since,
  },
  resolvers: {
    type: list(resolverAddress, { min: 0, max: 8 }),
    default: '',
    doc: 'Of `mhr` and `hbl`: DNS resolvers, `address:port` (port 53 when it is not given). Empty: those of the system. Spamhaus answers no public resolvers.',
    since,
  },
  url: {
    type: optional(webUrl('https')),
    default: '',
    doc: 'Of `virustotal` and `circl`: `https://host:port`. Empty: `https://www.virustotal.com`, `https://hashlookup.circl.lu`. `[smart_scan] proxy` holds for them, too.',
    since,
  },
  ca_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of a certificate authority to trust for `url` beside those of the system. Empty: none.',
    since,
  },
  timeout_ms: {
    type: integer(100, 60_000),
    default: '1500',
    doc: 'How long one look-up may take. Then the query counts as failed.',
    since,
  },
  at_once_max: {
    type: integer(1, 100),
    default: '8',
    doc: 'Look-ups for one message that are under way at one time.',
    since,
  },
  requests_per_minute_max: {
    type: optional(integer(0, 1_000_000)),
    default: '',
    doc: 'With more the service is left alone until there may be one again, as if it had said 429. 0: no limit. Empty: 4 of `virustotal` (the public API), else no limit.',
    since,
  },
  requests_per_day_max: {
    type: optional(integer(0, 1_000_000_000)),
    default: '',
    doc: 'The same for a day in UTC; counted over restarts. Empty: 500 of `virustotal` (the public API), else no limit.',
    since,
  },
  malicious_min: {
    type: integer(1, 100),
    default: '3',
    doc: 'Of `virustotal`: a file is malware when so many engines say so. With fewer, but any, it is unknown.',
    since,
  },
  suspicious_is_malware: {
    type: yesNo,
    default: 'no',
    doc: 'Of `hbl`: whether a suspicious file (127.0.3.15) is malware. Else it is unknown.',
    since,
  },
  malicious_ttl_seconds: {
    type: integer(0, 2_592_000),
    default: '86400',
    doc: 'How long it is remembered that a file is malware.',
    since,
  },
  other_ttl_seconds: {
    type: integer(0, 2_592_000),
    default: '3600',
    doc: 'How long any other answer is remembered. A service may learn of a file at any time.',
    since,
  },
});
