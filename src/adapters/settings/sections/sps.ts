import { section } from '../section.ts';
import { list } from '../values/combined.ts';
import { hostName } from '../values/host.ts';
import { tcpAddress } from '../values/listen-address.ts';
import { decimal } from '../values/number.ts';
import { path } from '../values/path.ts';

const since = '0.1.0';

/** Our own Smart Protection Server. */
export const sps = section('The Smart Protection Server that `sekisho sps` runs.', {
  listen: {
    type: list(tcpAddress, { max: 16 }),
    default: '127.0.0.1:8443',
    doc: 'Where it answers over HTTPS: addresses parted by commas, each `host:port` or `[v6]:port`. Port 0 takes any free port.',
    since,
  },
  folder: {
    type: path,
    default: { from: ({ stateFolder }) => `${stateFolder}/sps`, doc: '`sps` in `[state] folder`' },
    doc: 'Its data, certificate and certificate authority (`ca.pem`). Made when it is missing.',
    since,
  },
  names: {
    type: list(hostName, { min: 0, max: 100 }),
    default: '',
    doc: 'Further names and addresses for its certificate, beside localhost, the listening addresses and the machine itself.',
    since,
  },
  filter_false_positive_rate: {
    type: decimal(0.000001, 0.1),
    default: '0.0001',
    doc: 'Share of unknown files that the query filter asks the server about in vain. Less makes a larger filter.',
    since,
  },
});
