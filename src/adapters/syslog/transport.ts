import { openStream } from './stream.ts';
import { openUdp } from './udp.ts';

/** Where the syslog server listens. */
export interface SyslogTarget {
  protocol: 'udp' | 'tcp' | 'tls';
  host: string;
  port: number;
}

/** An open way to the server. */
export interface Transport {
  /** Resolves when the way is over without `close`, as far as that can be known. */
  broken: Promise<void>;
  /** Resolves when the system has taken all of them; rejects with the system's error, and then the way is closed. */
  send(messages: readonly Buffer[]): Promise<void>;
  /** Sends what is on its way, and closes. Never rejects. */
  close(): Promise<void>;
}

/** Opens the way; rejects with the system's error. @param ca PEM of the authorities to trust instead of the system's */
export function openTransport(target: SyslogTarget, ca: Buffer | undefined): Promise<Transport> {
  return target.protocol === 'udp' ? openUdp(target) : openStream(target, ca);
}
