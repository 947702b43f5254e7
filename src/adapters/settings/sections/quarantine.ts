import { section } from '../section.ts';
import { path } from '../values/path.ts';

/** Messages kept instead of delivered. */
export const quarantine = section('Messages kept instead of delivered.', {
  folder: {
    type: path,
    default: { from: ({ stateFolder }) => `${stateFolder}/quarantine`, doc: '`quarantine` in `[state] folder`' },
    doc: 'Made when it is missing.',
    since: '0.1.0',
  },
});
