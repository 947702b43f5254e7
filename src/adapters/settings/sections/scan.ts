import { section } from '../section.ts';
import { optional } from '../values/combined.ts';
import { integer } from '../values/number.ts';

const since = '0.1.0';

/** Limits of a scan. */
export const scan = section(
  'Limits of a scan. At a limit of the content the message is unscannable (`[virus_rule] limit_action`), never clean.',
  {
    message_seconds_max: {
      type: integer(1, 3600),
      default: '90',
      doc: 'How long a message may take as a whole; then 451. The default stays below the 100 s that Postfix waits for a before-queue proxy.',
      since,
    },
    unpack_seconds_max: {
      type: integer(1, 3600),
      default: {
        from: ({ messageSecondsMax }) => String(Math.max(1, Math.floor((messageSecondsMax * 2) / 3))),
        doc: 'two thirds of `message_seconds_max`',
      },
      doc: 'How long unpacking, hashing and matching of a message may take; then it is unscannable. Less than `message_seconds_max`: what a message causes must not defer it again and again.',
      since: '0.4.0',
    },
    workers: {
      type: optional(integer(1, 64)),
      default: '',
      doc: 'Messages that are unpacked, hashed and matched at one time, each in a thread of its own. Empty: as many as there are cores. Messages that take long have half as many threads again, and small ones have one of their own, so that others need not wait.',
      since: '0.4.0',
    },
    worker_memory_bytes_max: {
      type: integer(134_217_728, 68_719_476_736),
      default: {
        from: ({ unpackedBytesMax }) => String(2 * unpackedBytesMax + 268_435_456),
        doc: 'twice `message_bytes_max`, and 256 MiB',
      },
      doc: 'Memory that unpacking and matching one message may take, of whatever kind, engines of patterns included; with more the message is unscannable. More than `message_bytes_max`.',
      since: '0.4.0',
    },
    scans_max: {
      type: integer(1, 10_000),
      default: '100',
      doc: 'Messages scanned at one time. One more waits.',
      since,
    },
    parts_max: { type: integer(1, 1_000_000), default: '10000', doc: 'MIME parts of a message.', since },
    depth_max: { type: integer(1, 100), default: '17', doc: 'Levels of files within files.', since },
    files_max: {
      type: integer(1, 1_000_000),
      default: '10000',
      doc: 'Files found in a message, at all levels.',
      since,
    },
    file_bytes_max: {
      type: integer(1024, 4_294_967_296),
      default: '104857600',
      doc: 'Unpacked size of one file. The default is 100 MiB.',
      since,
    },
    message_bytes_max: {
      type: integer(1024, 17_179_869_184),
      default: '419430400',
      doc: 'Unpacked size of all files of a message together. The default is 400 MiB.',
      since,
    },
    ratio_max: {
      type: integer(2, 100_000),
      default: '250',
      doc: 'Unpacked bytes for each packed byte, for files of more than 1 MiB unpacked.',
      since,
    },
    yara_file_bytes_max: {
      type: integer(1024, 1_073_741_824),
      default: '104857600',
      doc: 'Largest content that YARA rules look at; a larger one is unscannable where there are such rules. The default is 100 MiB.',
      since: '0.4.0',
    },
  },
);
