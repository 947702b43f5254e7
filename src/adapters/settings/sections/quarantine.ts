import { section } from '../section.ts';
import { integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { choice } from '../values/words.ts';

const since = '0.3.0';

/** Messages kept instead of delivered. */
export const quarantine = section('Messages kept instead of delivered.', {
  folder: {
    type: path,
    default: { from: ({ stateFolder }) => `${stateFolder}/quarantine`, doc: '`quarantine` in `[state] folder`' },
    doc: 'Made when it is missing.',
    since: '0.1.0',
  },
  bytes_max: {
    type: integer(0, 1_099_511_627_776),
    default: '10737418240',
    doc: 'Most that it takes on disk; 0: no limit. A message that finds no room gets 452 and stays with its sender, or see `when_full`. The default is 10 GiB.',
    since,
  },
  days_max: {
    type: integer(0, 3650),
    default: '30',
    doc: 'How long messages are kept, in whole days (UTC), released ones too; 0: until somebody deletes them.',
    since,
  },
  when_full: {
    type: choice('defer', 'delete_oldest'),
    default: 'defer',
    doc: '`defer`: nothing is deleted to make room. `delete_oldest`: the message that finds it full gets 452, and the oldest are deleted until a tenth is free, so that it finds room when it comes again.',
    since,
  },
});
