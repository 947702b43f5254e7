import { isLoopback } from '../../adapters/settings/values/host.ts';

/**
 * Whether a request on loopback is for us, by its `Host`. A name of somebody else's that is made to point to 127.0.0.1 (DNS rebinding)
 * would have a browser on this machine speak to us in a stranger's name; what comes by TLS is safe, as the certificate is not for that name.
 */
export function isOurHost(header: string | undefined): boolean {
  const host = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase() ?? '';
  return isLoopback(host.replace(/^\[|\]$/g, ''));
}
