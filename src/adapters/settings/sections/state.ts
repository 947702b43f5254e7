import { section } from '../section.ts';
import { path } from '../values/path.ts';

/** Where Sekisho keeps what it must not forget. */
export const state = section('Where Sekisho keeps its journal, patterns, filter and messages in hand.', {
  folder: {
    type: path,
    default: './state',
    doc: 'Made when it is missing. Must be on a local disk, and writable by one gateway only.',
    since: '0.1.0',
  },
});
