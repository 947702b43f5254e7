import { section } from '../section.ts';
import { optional } from '../values/combined.ts';
import { tcpAddress } from '../values/listen-address.ts';
import { path } from '../values/path.ts';

const since = '0.5.0';

/** The admin API. The name `console` is that of the page to come, which is served at the same port. */
export const consoleSection = section(
  'The admin API of the gateway: its state, and orders to it, as a central manager gives them.',
  {
    listen: {
      type: optional(tcpAddress),
      default: '',
      doc: 'Where it answers, as `host:port`; `127.0.0.1:8445` is usual. Beyond loopback only with a certificate. Empty: nowhere.',
      since,
    },
    certificate_file: {
      type: optional(path),
      default: '',
      doc: 'PEM file of its certificate, with those between it and its authority. Read again when it changes. Empty: plain HTTP, on loopback only.',
      since,
    },
    key_file: {
      type: optional(path),
      default: '',
      doc: 'PEM file of the private key of `certificate_file`.',
      since,
    },
    tokens_file: {
      type: path,
      default: {
        from: ({ stateFolder }) => `${stateFolder}/console/tokens`,
        doc: '`console/tokens` in `[state] folder`',
      },
      doc: 'File of the tokens that machines show, which `sekisho console token` writes: names, roles and hashes. Nobody but the gateway may write it. A change counts at once.',
      since,
    },
  },
);
