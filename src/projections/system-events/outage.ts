import type { Envelope } from '../../events/envelope.ts';
import { entryOf, type SystemEvent } from './entry.ts';
import { failoverText, hostOf, unavailableText } from './specified-texts.ts';
import { shortName } from './texts.ts';

/** What was told of the outage of one server that is going on: each thing once, however often the server trips (D12). */
export interface Outage extends Readonly<Record<string, unknown>> {
  unavailable: boolean;
  failedOver: boolean;
}

const none: Outage = { unavailable: false, failedOver: false };

/** What an event of a server adds to the log, and what of its outage was told after it. */
export interface OutageStep {
  outage: Outage;
  entry?: SystemEvent;
}

const str = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * One event of a server. An outage begins with the first trip and ends with Healthy; a service that starts in the outage of a
 * failed-over server goes on with it (D10), any other start begins anew with Healthy.
 */
export function stepOutage(event: Envelope, before: Outage = none): OutageStep {
  const host = hostOf(str(event.data.server));
  const from = str(event.data.from);
  switch (shortName(event.type)) {
    case 'server.cached-invalid': {
      if (before.unavailable) return { outage: before };
      const seconds = Number(event.data.cacheSeconds);
      const en = `The file reputation service of Smart Protection Server (${host}) is not available for ${seconds} seconds.`;
      return {
        outage: { ...before, unavailable: true },
        entry: entryOf(event, { ja: unavailableText(host, seconds), en }, 'error'),
      };
    }
    case 'server.failed-over': {
      if (before.failedOver) return { outage: before };
      const entry = entryOf(event, { ja: failoverText, en: 'Failover to conventional scan' }, 'error');
      return { outage: { ...before, failedOver: true }, entry };
    }
    case 'server.healthy':
      return { outage: none, ...(before.unavailable || before.failedOver ? { entry: ended(event, host, from) } : {}) };
    default:
      return { outage: before, ...other(event, host, from) };
  }
}

/** By itself, or because a restart has made it Healthy, which says nothing of the server. */
function ended(event: Envelope, host: string, from: string): SystemEvent {
  const message =
    from === 'Starting'
      ? {
          ja: `スキャンサービスの再起動により、Smart Protection Server (${host}) の状態をリセットしました。`,
          en: `A restart of the scan service has reset the state of Smart Protection Server (${host}).`,
        }
      : {
          ja: `Smart Protection Serverのファイルレピュテーションサービス (${host}) が回復しました。`,
          en: `The file reputation service of Smart Protection Server (${host}) has recovered.`,
        };
  return entryOf(event, message, 'information');
}

function other(event: Envelope, host: string, from: string): { entry?: SystemEvent } {
  switch (shortName(event.type)) {
    case 'server.failing':
      // The first of a row; the count is in the view of servers.
      if (from !== 'Healthy') return {};
      return say(
        event,
        `Smart Protection Server (${host}) の検索に失敗しました。`,
        `${host}: a query or check failed.`,
      );
    case 'server.throttled':
      return say(
        event,
        `Smart Protection Server (${host}) が要求を制限しています。`,
        `${host} asked to be left alone.`,
      );
    case 'server.left-out':
      return say(
        event,
        `Smart Protection Server (${host}) は別のパターンを使用しているため、除外されました。`,
        `${host} serves another pattern than the rest of the list and is left out.`,
      );
    case 'server.credentials-refused':
      return say(
        event,
        `Smart Protection Server (${host}) に認証を拒否されました。`,
        `${host} refuses our credentials.`,
      );
    default:
      return {};
  }
}

function say(event: Envelope, ja: string, en: string): { entry: SystemEvent } {
  return { entry: entryOf(event, { ja, en }) };
}
