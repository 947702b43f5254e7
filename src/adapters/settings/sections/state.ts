import { section } from '../section.ts';
import { path } from '../values/path.ts';
import { gatewayName } from '../values/words.ts';

/** Where Sekisho keeps what it must not forget. */
export const state = section('Where Sekisho keeps its journal, patterns, filter and messages in hand.', {
  folder: {
    type: path,
    default: './state',
    doc: 'Made when it is missing. Must be on a local disk, and writable by one gateway only.',
    since: '0.1.0',
  },
  gateway_name: {
    type: gatewayName,
    default: { from: ({ hostName }) => hostName, doc: "the machine's host name" },
    doc: 'Name of the gateway in its events (`source` is `/sekisho/gateway/<name>`) and for commands. Gateways that share a Kafka must have different names.',
    since: '0.2.0',
  },
});
