import { section } from '../section.ts';
import { integer } from '../values/number.ts';

/** What the logs keep of people. */
export const logs = section('What the logs keep: journal, and views that queries are answered from.', {
  personal_days_max: {
    type: integer(0, 3650),
    default: '0',
    doc: 'How long they keep personal data: senders, recipients, names and addresses of clients, Message-IDs, subjects, names of files. After that `erased` stands in their place; what happened, and to how many, stays. In full days of UTC. 0: as long as the journal keeps events (`[journal] days_max`). Topics in Kafka keep them for their own time.',
    since: '0.3.0',
  },
});
