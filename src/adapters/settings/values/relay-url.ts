import { type HostPort, readHostPort } from './host.ts';
import { InvalidValue, type ValueType, valueType } from './value-type.ts';

/** A mail relay: `smtp://host[:port]`, port 25 when it is not given. */
export const relayUrl: ValueType<Readonly<HostPort>> = valueType('smtp://host:port', (text) => {
  const [, address] = /^smtp:\/\/([^/?#]+)\/?$/i.exec(text) ?? [];
  if (address?.includes('@')) throw new InvalidValue('must not hold a user name or password');
  const found = address === undefined ? undefined : readHostPort(address.toLowerCase(), 25);
  return found === undefined || found.port === 0 ? undefined : found;
});
