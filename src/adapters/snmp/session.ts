import { type LookupAddress, lookup } from 'node:dns';
import { promisify } from 'node:util';
import snmp, { type Message, type User } from 'net-snmp';
import type { SnmpEngine } from './engine.ts';
import type { SnmpReceiver } from './receiver-url.ts';

/** net-snmp's session, with our engine in the traps that it sends: it would write boots 0 and time 0 (decision 021). */
class EngineSession extends snmp.Session {
  #engine: SnmpEngine | undefined;

  speakAs(engine: SnmpEngine): void {
    this.#engine = engine;
  }

  /** @param noWait true for traps only */
  override send(request: { message: Message } & Parameters<snmp.Session['send']>[0], noWait: boolean): this {
    const security = request.message.msgSecurityParameters;
    if (noWait && security !== undefined && this.#engine !== undefined) {
      security.msgAuthoritativeEngineBoots = this.#engine.boots;
      security.msgAuthoritativeEngineTime = this.#engine.timeSeconds();
    }
    return super.send(request, noWait);
  }
}

export interface SessionOptions {
  /** Of v3; undefined for v2c. */
  user: User | undefined;
  engine: SnmpEngine | undefined;
  timeoutMs: number;
  retries: number;
}

const resolve = promisify(lookup);

/** A socket towards a receiver, whose name is looked up now. Close it. Throws when the name has no address. */
export async function openSession(receiver: SnmpReceiver, options: SessionOptions): Promise<snmp.Session> {
  const { address, family } = (await resolve(receiver.host)) as LookupAddress;
  const { user, engine, timeoutMs, retries } = options;
  const common = {
    transport: family === 6 ? ('udp6' as const) : ('udp4' as const),
    trapPort: receiver.port,
    timeout: timeoutMs,
    retries,
  };
  const session =
    user === undefined
      ? new EngineSession(address, receiver.name, { ...common, version: snmp.Version2c })
      : new EngineSession(address, user, {
          ...common,
          version: snmp.Version3,
          ...(engine === undefined ? {} : { engineID: engine.id }),
        });
  if (engine !== undefined) session.speakAs(engine);
  // A packet that is no SNMP, from whomever: without a listener it would end the process.
  session.on('error', () => {});
  return session;
}
