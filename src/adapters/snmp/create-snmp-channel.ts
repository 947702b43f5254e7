import { type NotificationChannel, NotificationFailure } from '../../actors/ports/notifications.ts';
import { bootEngine, joinEngine, type SnmpEngine } from './engine.ts';
import type { MachineClock } from './machine-clock.ts';
import { receiverLabel, type SnmpReceiver } from './receiver-url.ts';
import { type SendOptions, sendSnmp } from './send.ts';

export interface SnmpChannelOptions extends Omit<SendOptions, 'engine'> {
  receivers: readonly SnmpReceiver[];
  /** Keeps engine id and boots: the state folder. */
  folder: string;
  /** True beside a gateway that may be running, whose engine this one then is. */
  beside: boolean;
  clock?: MachineClock;
}

/** Traps and informs to all receivers; each receiver is a target. */
export function createSnmpChannel(options: SnmpChannelOptions): NotificationChannel {
  const receivers = new Map(options.receivers.map((receiver) => [receiverLabel(receiver), receiver]));
  const closing = new AbortController();
  const sending = new Set<Promise<unknown>>();
  let engine: Promise<SnmpEngine> | undefined;
  const openEngine = () => {
    engine ??= (options.beside ? joinEngine : bootEngine)(options.folder, options.clock);
    // What is wrong with its file may be mended while we run.
    engine.catch(() => {
      engine = undefined;
    });
    return engine;
  };
  return {
    name: 'snmp',
    targets: [...receivers.keys()],
    send(order, signal) {
      const receiver = receivers.get(order.target);
      if (receiver === undefined)
        return Promise.reject(
          new NotificationFailure('permanent', 'it is no receiver of [notify] snmp_receivers any more'),
        );
      const ends = AbortSignal.any([signal, closing.signal]);
      const sent = sendSnmp(receiver, order, { ...options, engine: openEngine }, ends);
      sending.add(sent);
      return sent.finally(() => sending.delete(sent));
    },
    async close() {
      closing.abort();
      await Promise.allSettled(sending);
    },
  };
}
