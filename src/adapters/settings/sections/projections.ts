import { section } from '../section.ts';
import { optional } from '../values/combined.ts';
import { integer } from '../values/number.ts';
import { choice, topicPrefix, yesNo } from '../values/words.ts';

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
  views: {
    type: optional(topicPrefix),
    default: '',
    doc: 'Name of these views, for the source `kafka`. Programs with the same name share the work, so they must share the state folder, too: a host with views of its own needs a name of its own. It stands at the end of the consumer groups.',
    since,
  },
  query_wait_ms: {
    type: integer(0, 600_000),
    default: '5000',
    doc: 'How long a query waits for a view that is behind; then it answers from what there is, and says so.',
    since,
  },
  days_max: {
    type: integer(0, 36_500),
    default: '90',
    doc: 'How long views remember system events, policy events, messages and deferrals: those that are so much older than the newest event are forgotten. 0: for ever. It may be more than `[journal] days_max`, but a view that is rebuilt has what the log still holds.',
    since: '0.3.0',
  },
  audit_days_max: {
    type: integer(0, 36_500),
    default: '800',
    doc: 'The same for the audit log.',
    since: '0.3.0',
  },
  statistics_days_max: {
    type: integer(0, 36_500),
    default: '800',
    doc: 'The same for statistics.',
    since: '0.3.0',
  },
});
