import { uptime } from 'node:process';
import type { Session, Varbind } from 'net-snmp';
import { NotificationFailure, type NotificationOrder } from '../../actors/ports/notifications.ts';
import type { SnmpEngine } from './engine.ts';
import { snmpFailure } from './failure.ts';
import { isMibKind, notificationOid } from './mib.ts';
import type { SnmpReceiver, SnmpType } from './receiver-url.ts';
import { type SnmpSecurity, userOf } from './security.ts';
import { openSession } from './session.ts';
import { varbindsOf } from './varbinds.ts';

export interface SendOptions {
  /** Of a receiver whose URL does not say it. */
  type: SnmpType;
  /** Needed for SNMPv3. */
  security: SnmpSecurity | undefined;
  /** Who v3 traps come from; asked for only when one is sent. */
  engine: () => Promise<SnmpEngine>;
  /** For an answer to an inform, and how often it is sent again without one. */
  timeoutMs: number;
  retries: number;
}

/**
 * Sends one notification to one receiver: a trap has been sent when the system has taken the packet, an inform when the
 * receiver has answered. Resolves with what is known of it.
 * @throws {NotificationFailure} and nothing else
 */
export async function sendSnmp(
  receiver: SnmpReceiver,
  order: NotificationOrder,
  options: SendOptions,
  signal: AbortSignal,
): Promise<string> {
  const type = receiver.type ?? options.type;
  const { kind } = order.notification;
  try {
    if (!isMibKind(kind)) throw new NotificationFailure('permanent', `${kind} goes by mail only`);
    const user = receiver.version === '3' ? await userOf(receiver.name, securityOf(options)) : undefined;
    const engine = user !== undefined && type === 'trap' ? await options.engine() : undefined;
    const content = { oid: notificationOid(kind), varbinds: varbindsOf(kind, order) };
    const session = await openSession(receiver, { ...options, user, engine });
    await untilSent(session, type, content, AbortSignal.any([signal, AbortSignal.timeout(longestMs(options))]));
    return type === 'inform' ? 'confirmed' : 'sent; nobody confirms a trap';
  } catch (error) {
    throw snmpFailure(error, options);
  }
}

function securityOf({ security }: SendOptions): SnmpSecurity {
  if (security !== undefined) return security;
  throw new NotificationFailure('temporary', 'SNMPv3 needs snmp_auth_key_file and snmp_priv_key_file');
}

/** Discovery of the engine and the request each have all tries; a receiver that goes on with reports would have no end. */
const longestMs = ({ timeoutMs, retries }: SendOptions) => Math.min(2 * timeoutMs * (retries + 1) + 1000, 55_000);

async function untilSent(
  session: Session,
  type: SnmpType,
  { oid, varbinds }: { oid: string; varbinds: Varbind[] },
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => reject(new NotificationFailure('temporary', 'given up before it was answered'));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const told = (error: Error | null) => (error === null ? resolve() : reject(error));
  // sysUpTime: hundredths of a second, which begin anew after 497 days.
  const upTime = Math.max(1, Math.floor(uptime() * 100) % 2 ** 32);
  const closed = new Promise((ended) => session.on('close', () => ended(undefined)));
  try {
    if (type === 'trap') session.trap(oid, varbinds, { upTime }, told);
    else session.inform(oid, varbinds, { upTime }, told);
    await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    session.close();
    await closed;
  }
}
