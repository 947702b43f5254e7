import { section } from '../section.ts';
import { choice } from '../values/words.ts';

const since = '0.1.0';

/** The log on the terminal. */
export const log = section('What is written to standard output. The full log is the journal (`sekisho events`).', {
  level: {
    type: choice('debug', 'info', 'warn', 'error'),
    default: 'info',
    doc: 'The least severity that is written.',
    since,
  },
  format: {
    type: choice('auto', 'pretty', 'json'),
    default: 'auto',
    doc: '`auto`: pretty on a terminal, JSON lines otherwise.',
    since,
  },
});
