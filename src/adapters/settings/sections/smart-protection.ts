import { section } from '../section.ts';
import { integer } from '../values/number.ts';

const since = '0.1.0';

/** The local server management service. */
export const smart_protection = section('When a server is cached as invalid.', {
  cache_threshold_count: {
    type: integer(1, 1000),
    default: '10',
    doc: 'A server whose fail count exceeds this is cached as invalid: with 10, at the 11th failure in a row.',
    since,
  },
  cache_seconds: {
    type: integer(1, 86_400),
    default: '300',
    doc: 'How long a server that is cached as invalid is not asked, and how often a failed-over server is probed.',
    since,
  },
});
