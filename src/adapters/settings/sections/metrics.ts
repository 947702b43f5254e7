import { section } from '../section.ts';
import { optional } from '../values/combined.ts';
import { tcpAddress } from '../values/listen-address.ts';

/** Metrics and health. */
export const metrics = section('Metrics for Prometheus, and health for whoever supervises the gateway.', {
  listen: {
    type: optional(tcpAddress),
    default: '',
    doc: 'Where the gateway answers `/metrics`, `/healthz` and `/readyz` by HTTP, as `host:port`; `127.0.0.1:9464` is usual. There is no password: only an address that whoever should not read figures cannot reach. Empty: nowhere.',
    since: '0.3.0',
  },
});
