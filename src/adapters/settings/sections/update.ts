import { section } from '../section.ts';
import { optional } from '../values/combined.ts';
import { integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { folderUrl } from '../values/url.ts';

const since = '0.1.0';

/** Where patterns come from. */
export const update = section('Where the agent pattern and the conventional pattern come from.', {
  url: {
    type: folderUrl,
    default: { from: ({ firstServerUrl }) => firstServerUrl, doc: 'the first of `[smart_scan] servers`' },
    doc: 'Update source: a Smart Protection Server, or a folder of a web server that `sekisho sps publish` filled, e.g. `https://host:port/folder`. Its failures count for no Smart Protection Server.',
    since,
  },
  ca_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of the certificate authorities to trust for the update source. Empty: as `[smart_scan] ca_file`.',
    since,
  },
  keys_file: {
    type: optional(path),
    default: '',
    doc: 'PEM file of the public keys that may sign components, one or more. Empty: the key of the local server (`signing-key.pub.pem` in `[sps] folder`). What none of them signed is not taken into use.',
    since: '0.5.0',
  },
  pattern_bytes_max: {
    type: integer(1_048_576, 2_147_483_647),
    default: '1073741824',
    doc: 'Largest pattern, all its files together. A larger one is not fetched. The default is 1 GiB.',
    since: '0.5.0',
  },
  filter_bytes_max: {
    type: integer(1_048_576, 2_147_483_647),
    default: '1073741824',
    doc: 'Largest query filter. A larger one is not fetched. The default is 1 GiB.',
    since: '0.5.0',
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
