import { type HostPort, readHostPort } from './host.ts';
import { absolutePath } from './path.ts';
import { InvalidValue, type ValueType, valueType } from './value-type.ts';

/** Where a server listens; the form that `net.Server.listen` takes. */
export type ListenAddress = HostPort | { readonly path: string };

/** sockaddr_un holds 108 bytes, the last one NUL (unix(7)). */
const socketPathBytesMax = 107;

/** `host:port`, with 0 for any free port. */
export const tcpAddress: ValueType<HostPort> = valueType('host:port or [v6]:port', (text) => readHostPort(text));

/** `host:port`, `[v6]:port` or `unix:PATH`. */
export const listenAddress: ValueType<ListenAddress> = valueType(
  'host:port, [v6]:port or unix:PATH',
  (text, { folder }) => {
    if (!text.startsWith('unix:')) return readHostPort(text);
    const path = absolutePath(text.slice('unix:'.length), folder);
    if (path === undefined) return undefined;
    if (Buffer.byteLength(path) > socketPathBytesMax) {
      throw new InvalidValue(`names a unix socket of more than ${socketPathBytesMax} bytes: ${path}`);
    }
    return { path };
  },
);
