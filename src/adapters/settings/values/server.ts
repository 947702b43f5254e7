import type { ServerAddress } from '../../../actors/ports/reputation.ts';
import { hostPortText, readHostPort } from './host.ts';
import { type ValueType, valueType } from './value-type.ts';

/** A server of the smart scan list: `https://host[:port]`, port 443 when it is not given. */
export const httpsServer: ValueType<Readonly<ServerAddress>> = valueType('https://host:port', (text) => {
  const address = /^https:\/\/([^/]+)\/?$/i.exec(text)?.[1];
  const hostPort = address === undefined ? undefined : readHostPort(address.toLowerCase(), 443);
  return hostPort === undefined || hostPort.port === 0 ? undefined : { id: hostPortText(hostPort), ...hostPort };
});
