import { section } from '../section.ts';
import { integer } from '../values/number.ts';
import { choice, yesNo } from '../values/words.ts';

const since = '0.2.0';

/** The views of the log. */
export const projections = section('The views that are made of the log: what queries are answered from.', {
  run: {
    type: yesNo,
    default: 'yes',
    doc: 'Whether the gateway keeps them up to date, in a thread of its own. With `no` a query does it, before it answers. Only for the source `journal`.',
    since,
  },
  source: {
    type: choice('journal', 'kafka'),
    default: 'journal',
    doc: 'Where they are read from. `journal`: the events of this gateway. `kafka`: those of all gateways, kept up to date by `sekisho projections run`. A change rebuilds them.',
    since,
  },
  query_wait_ms: {
    type: integer(0, 600_000),
    default: '5000',
    doc: 'How long a query waits for a view that is behind; then it answers from what there is, and says so.',
    since,
  },
});
