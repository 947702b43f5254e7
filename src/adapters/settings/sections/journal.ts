import { section } from '../section.ts';
import { integer } from '../values/number.ts';

const since = '0.1.0';

/** The log of events. */
export const journal = section('The log of all events, in the state folder. While it takes no events, mail gets 452.', {
  bytes_max: {
    type: integer(1_048_576, 1_099_511_627_776),
    default: '4294967296',
    doc: 'Size on disk. The oldest events go first, but never one that a reader has yet to confirm. The default is 4 GiB.',
    since,
  },
  days_max: { type: integer(1, 3650), default: '30', doc: 'How long events are kept.', since },
  free_bytes_min: {
    type: integer(0, 1_099_511_627_776),
    default: '67108864',
    doc: 'Space on the disk that is left free: with less, no mail is taken in. The default is 64 MiB.',
    since,
  },
});
