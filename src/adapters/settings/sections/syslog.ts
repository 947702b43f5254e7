import { facilities } from '../../syslog/rfc5424.ts';
import { section } from '../section.ts';
import { optional } from '../values/combined.ts';
import { integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { syslogTarget } from '../values/syslog-target.ts';
import { valueType } from '../values/value-type.ts';
import { choice } from '../values/words.ts';

const since = '0.3.0';

/** APP-NAME of RFC 5424. */
const appName = valueType('1 to 48 printable ASCII characters without spaces', (text) =>
  /^[\x21-\x7e]{1,48}$/.test(text) ? text : undefined,
);

/** Lines for a syslog server. */
export const syslog = section(
  'Lines for a syslog server (RFC 5424): one for each message when it is answered, and the logs of system events and of audit.',
  {
    target: {
      type: optional(syslogTarget),
      default: '',
      doc: 'The server: `udp://host:port`, `tcp://host:port` or `tls://host:port` (port 514, 6514 for `tls`, when it is not given). Over UDP nobody says whether a line has come. Empty: no syslog.',
      since,
    },
    ca_file: {
      type: optional(path),
      default: '',
      doc: 'PEM file of the certificate authorities to trust for `tls`. Empty: those of the system.',
      since,
    },
    facility: {
      type: choice(...facilities),
      default: 'mail',
      doc: 'Facility of the lines.',
      since,
    },
    level: {
      type: choice('error', 'warning', 'information'),
      default: 'information',
      doc: 'Lines of this level or graver are sent. A message that is clean and was taken is `information`, any other `warning`.',
      since,
    },
    language: { type: choice('en', 'ja'), default: 'en', doc: 'Language of the text of the lines.', since },
    app_name: { type: appName, default: 'sekisho', doc: 'APP-NAME of the lines.', since },
    message_bytes_max: {
      type: integer(480, 32_768),
      default: '2048',
      doc: 'Bytes of a line. In a longer one, values are cut first, then the text. Every receiver takes 480, and should take 2048.',
      since,
    },
  },
);
