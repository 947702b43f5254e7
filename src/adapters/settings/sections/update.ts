import { section } from '../section.ts';
import { list, optional } from '../values/combined.ts';
import { integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { updateSchedule } from '../values/update-schedule.ts';
import { folderUrl } from '../values/url.ts';
import { choice } from '../values/words.ts';

const since = '0.1.0';

/** Where patterns come from. */
export const update = section('Where the agent pattern and the conventional pattern come from.', {
  url: {
    type: folderUrl,
    default: { from: ({ firstServerUrl }) => firstServerUrl, doc: 'the first of `[smart_scan] servers`' },
    doc: 'Update source: a Smart Protection Server, or a folder of a web server that `sekisho sps publish` filled, over https or http. Key and certificate of `[smart_scan]` are shown to it only where it is one of the servers. Its failures count for no Smart Protection Server.',
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
  components: {
    type: list(choice('agent', 'conventional'), { min: 0, max: 2 }),
    default: 'agent, conventional',
    doc: 'Patterns that are looked for by the schedule. One that is not here is only updated by hand (`sekisho update`) or when it is pushed (`sekisho components push`), unless there is none yet. The query filter has a schedule of its own, `[smart_scan] filter_check_seconds`.',
    since: '0.5.0',
  },
  schedule: {
    type: optional(updateSchedule),
    default: '',
    doc: 'When they are looked for, by the clock and time zone of this machine. A time that was missed while the gateway did not run is made up for at its start. Empty: every `interval_seconds` after each start.',
    since: '0.5.0',
  },
  agent_schedule: {
    type: optional(updateSchedule),
    default: '',
    doc: 'When the agent pattern is looked for. Empty: as `schedule`.',
    since: '0.5.0',
  },
  conventional_schedule: {
    type: optional(updateSchedule),
    default: '',
    doc: 'When the conventional pattern is looked for. Empty: as `schedule`.',
    since: '0.5.0',
  },
  jitter_seconds_max: {
    type: integer(0, 21_600),
    default: '900',
    doc: 'By chance up to so much later than a time of day, so that many gateways do not ask at once; and up to so much earlier than a whole interval, that of the query filter too, but never by more than a tenth of it.',
    since: '0.5.0',
  },
  interval_seconds: {
    type: integer(1, 2_592_000),
    default: '86400',
    doc: 'How often new patterns are looked for without a `schedule`, after the look at each start. The default is a day.',
    since,
  },
  retry_seconds: {
    type: integer(1, 86_400),
    default: '60',
    doc: 'How long to wait after a failed update. Each further failure in a row doubles it, up to `retry_seconds_max`; what the source asks for (`Retry-After`, least wait) is kept.',
    since,
  },
  retry_seconds_max: {
    type: integer(1, 86_400),
    default: '3600',
    doc: 'Longest wait after failed updates; `retry_seconds` where that is more.',
    since: '0.5.0',
  },
});
