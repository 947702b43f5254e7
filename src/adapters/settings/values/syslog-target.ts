import type { SyslogTarget } from '../../syslog/transport.ts';
import { isHost } from './host.ts';
import { InvalidValue, type ValueType, valueType } from './value-type.ts';

/** Ports when none is given: RFC 5426, RFC 6587 (by custom), RFC 5425. */
const ports = { udp: 514, tcp: 514, tls: 6514 } as const;

/** `udp://host:port`, `tcp://host:port` or `tls://host:port`. */
export const syslogTarget: ValueType<SyslogTarget> = valueType(
  'udp://host:port, tcp://host:port or tls://host:port',
  (text) => {
    if (text.startsWith('unix:'))
      throw new InvalidValue(
        'cannot be a unix socket: /dev/log takes datagrams only, which Node cannot send; let the local syslog server listen on udp://127.0.0.1:514',
      );
    const [, protocol = '', host = '', portText] =
      /^(udp|tcp|tls):\/\/(\[[^\]]+\]|[^:/[\]]+)(?::(\d{1,5}))?\/?$/.exec(text) ?? [];
    const name = host.replace(/^\[|\]$/g, '');
    if (!isProtocol(protocol) || !isHost(name)) return undefined;
    const port = portText === undefined ? ports[protocol] : Number(portText);
    return port > 0 && port <= 65_535 ? { protocol, host: name, port } : undefined;
  },
);

const isProtocol = (text: string): text is SyslogTarget['protocol'] => Object.hasOwn(ports, text);
