import { type HostPort, readHostPort } from './host.ts';
import { type ValueType, valueType } from './value-type.ts';

/** A Kafka broker: `host[:port]`, port 9092 when it is not given. */
export const broker: ValueType<Readonly<HostPort>> = valueType('host:port', (text) => {
  const found = readHostPort(text.toLowerCase(), 9092);
  return found === undefined || found.port === 0 ? undefined : found;
});
