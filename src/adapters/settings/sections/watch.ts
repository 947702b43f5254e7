import { section } from '../section.ts';
import { integer } from '../values/number.ts';

const since = '0.3.0';

/** What is looked at before it is trouble. */
export const watch = section('What is looked at, so that administrators hear of trouble before it is there.', {
  certificate_days_min: {
    type: integer(1, 365),
    default: '21',
    doc: 'A certificate with no more days than this is near its end: those of Smart Protection Servers and the update source, as they are seen, and those in the files that the settings name.',
    since,
  },
  journal_percent_max: {
    type: integer(10, 100),
    default: '80',
    doc: 'The journal is nearly full when events that a reader has not read yet, and that may not be deleted therefore, are so much of `[journal] bytes_max`.',
    since,
  },
  disk_free_bytes_min: {
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: '1073741824',
    doc: 'The journal is nearly full, too, when its file system has less free than this, and in any case below `[journal] free_bytes_min`, where mail is refused (452).',
    since,
  },
  check_seconds: { type: integer(1, 3600), default: '60', doc: 'How often all this is looked at.', since },
});
