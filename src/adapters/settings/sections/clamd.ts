import { section } from '../section.ts';
import { clamdAddress } from '../values/clamd-address.ts';
import { list } from '../values/combined.ts';
import { integer } from '../values/number.ts';
import { choice, yesNo } from '../values/words.ts';

const since = '0.4.0';

/** ClamAV beside our own engines. */
export const clamd = section(
  'ClamAV beside our own engines: clamd gets each message as it came, and the files that we find in it. What either finds counts.',
  {
    address: {
      type: list(clamdAddress, { min: 0, max: 16 }),
      default: '',
      doc: 'Where clamd listens: `host:port` (port 3310 when it is not given) or `unix:/run/clamav/clamd.ctl`. Of several, the first that answers is asked. Empty: no clamd. Over TCP, messages go there as they are, without encryption.',
      since,
    },
    when: {
      type: choice('always', 'conventional'),
      default: 'always',
      doc: '`always`: it looks at each message. `conventional`: at those whose scan is conventional, by setting or by failover.',
      since,
    },
    required: {
      type: yesNo,
      default: 'yes',
      doc: 'What becomes of mail while no clamd answers. `yes`: 451. `no`: it is scanned without.',
      since,
    },
    connect_ms: { type: integer(10, 60_000), default: '3000', doc: 'For a connection, and for a PING.', since },
    answer_ms: {
      type: integer(100, 3_600_000),
      default: '30000',
      doc: 'For the answer to a content, besides a second for each MiB of it. Then it counts as a failure, and the next clamd is asked. Less than `[scan] message_seconds_max`, else a clamd that hangs is not noticed.',
      since,
    },
    threshold_count: {
      type: integer(0, 1000),
      default: '3',
      doc: 'A clamd with more failures in a row is left alone for `cache_seconds`: with 3, at the 4th.',
      since,
    },
    cache_seconds: {
      type: integer(1, 86_400),
      default: '60',
      doc: 'How long it is left alone. Then a PING decides whether it is asked again.',
      since,
    },
    sessions_max: {
      type: integer(1, 1000),
      default: '10',
      doc: 'Messages that are with clamd at one time; one more waits. Not more than its `MaxThreads`.',
      since,
    },
    chunk_bytes: { type: integer(1024, 16_777_216), default: '262144', doc: 'Bytes of a chunk of INSTREAM.', since },
    stream_bytes_max: {
      type: integer(1024, 4_294_967_295),
      default: '104857600',
      doc: 'The `StreamMaxLength` of clamd: a larger message or file is not sent there, and is unscannable (too-large). The default is that of ClamAV 1.4; 25 MiB before that.',
      since,
    },
    files_bytes_max: {
      type: integer(0, 1_073_741_824),
      default: '16777216',
      doc: 'Files found in one message, so many bytes together, are given to clamd besides the message itself: it may not find all of them. 0: none.',
      since,
    },
  },
);
