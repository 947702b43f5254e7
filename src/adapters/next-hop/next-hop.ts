import type { NextHop } from '../../actors/ports/mail.ts';
import { createMaildirNextHop } from './maildir-next-hop.ts';
import { parseNextHopUrl } from './next-hop-url.ts';
import { createSmtpNextHop, type SmtpNextHopOptions } from './smtp-next-hop.ts';

/**
 * The next hop that a URL names (see `parseNextHopUrl`, whose errors it throws); the options matter to SMTP and LMTP only.
 * Does no I/O: trouble shows at the first `begin`.
 */
export function createNextHop(url: string, options: SmtpNextHopOptions): NextHop {
  const target = parseNextHopUrl(url);
  return target.kind === 'maildir'
    ? createMaildirNextHop(target)
    : createSmtpNextHop({ ...options, ...target, protocol: target.kind });
}
