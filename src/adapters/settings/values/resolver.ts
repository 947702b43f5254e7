import { isIP } from 'node:net';
import { hostPortText, readHostPort } from './host.ts';
import { valueType } from './value-type.ts';

/** A DNS resolver as `address:port`. A name would need another resolver first. */
export const resolverAddress = valueType('an IP address with or without port', (text) => {
  const found = isIP(text) === 6 ? { host: text, port: 53 } : readHostPort(text, 53);
  return found === undefined || isIP(found.host) === 0 || found.port === 0 ? undefined : hostPortText(found);
});
