import type { ClamdAddress } from '../../clamd/address.ts';
import { hostPortText, readHostPort } from './host.ts';
import { type ValueType, valueType } from './value-type.ts';

/** Where a clamd listens: `host[:port]`, port 3310 when it is not given, or `unix:/path`. */
export const clamdAddress: ValueType<ClamdAddress> = valueType('host:port or unix:/path', (text) => {
  const path = /^unix:(\/\S*[^/\s])$/.exec(text)?.[1];
  // sun_path of unix(7) holds 107 bytes.
  if (path !== undefined) return Buffer.byteLength(path) <= 107 ? { id: `unix:${path}`, to: { path } } : undefined;
  const found = readHostPort(text.toLowerCase(), 3310);
  return found === undefined || found.port === 0 ? undefined : { id: hostPortText(found), to: found };
});
