import { section } from '../section.ts';
import { optional } from '../values/combined.ts';
import { integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { webUrl } from '../values/url.ts';

const since = '0.1.0';

/** Where patterns come from. */
export const update = section('Where the agent pattern and the conventional pattern come from.', {
  url: {
    type: webUrl('https'),
    default: { from: ({ firstServerUrl }) => firstServerUrl, doc: 'the first of `[smart_scan] servers`' },
    doc: 'Update source, `https://host:port`. Its failures count for no Smart Protection Server.',
    since,
  },
  ca_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of the certificate authorities to trust for the update source. Empty: as `[smart_scan] ca_file`.',
    since,
  },
  interval_seconds: {
    type: integer(1, 2_592_000),
    default: '86400',
    doc: 'How often new patterns are looked for, after the look at each start. The default is a day.',
    since,
  },
  retry_seconds: {
    type: integer(1, 86_400),
    default: '60',
    doc: 'How long to wait after a failed update.',
    since,
  },
});
