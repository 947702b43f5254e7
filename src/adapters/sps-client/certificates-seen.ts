import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { TLSSocket } from 'node:tls';
import type { WatchedCertificate } from '../../actors/ports/watches.ts';

/** Certificates of servers, as clients see them when they connect. */
export interface CertificatesSeen {
  /** The newest knowledge of each server that somebody has connected to within two days. */
  current(): WatchedCertificate[];
  close(): void;
}

interface Seen {
  certificate: WatchedCertificate;
  /** By `nowMs`. */
  seenMs: number;
}

/** Undici's own channel, for all clients of this process, through proxies too. */
const channel = 'undici:client:connected';

/** Several machines behind one name may show different ones: the one that ends first counts as long as it is about. */
const aboutMs = 3_600_000;
/** A server that nobody connects to any more has left the settings. */
const forgottenMs = 2 * 86_400_000;

/** Looks on from now on. */
export function watchCertificates(nowMs: () => number): CertificatesSeen {
  const servers = new Map<string, Seen>();
  const onConnected = (message: unknown) => {
    const found = seenAt(message, nowMs());
    if (found === undefined) return;
    const { certificate } = found.certificate;
    const known = servers.get(certificate);
    if (known === undefined || replaces(found, known)) servers.set(certificate, found);
  };
  subscribe(channel, onConnected);
  return {
    current() {
      const now = nowMs();
      for (const [name, { seenMs }] of servers) if (now - seenMs > forgottenMs) servers.delete(name);
      return [...servers.values()].map(({ certificate }) => certificate);
    },
    close: () => void unsubscribe(channel, onConnected),
  };
}

function replaces(found: Seen, known: Seen): boolean {
  return found.certificate.endMs <= known.certificate.endMs || found.seenMs - known.seenMs > aboutMs;
}

function seenAt(message: unknown, seenMs: number): Seen | undefined {
  const { connectParams, socket } = message as {
    connectParams?: { hostname?: string; port?: string };
    socket?: unknown;
  };
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  const hostname = connectParams?.hostname;
  if (certificate === undefined || hostname === undefined) return undefined;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const name = `${hostname}:${connectParams?.port || 443}`;
  return { certificate: { certificate: name, host, endMs: certificate.validToDate.getTime() }, seenMs };
}
