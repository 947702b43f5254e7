import type { NotificationOrder } from '../../../src/actors/ports/notifications.ts';

/** A notification that a server is unavailable, to whom it may concern. */
export function order(target: string, changed: Partial<NotificationOrder['notification']> = {}): NotificationOrder {
  return {
    notification: {
      id: 'abc.1/server-unavailable',
      kind: 'server-unavailable',
      time: '2026-11-24T15:00:00.120Z',
      since: '2026-11-24T14:59:00.000Z',
      source: '/sekisho/gateway/mx1',
      subject: 'server/sps.example.org:443',
      count: 2,
      values: { host: 'sps.example.org', server: 'sps.example.org:443', seconds: '300' },
      ...changed,
    },
    text: {
      subject: 'お使いのサーバではSmart Protectionサービスが利用できません',
      body: 'Smart Protection Serverのファイルレピュテーションサービス (sps.example.org) が300秒間利用できません。\nmx1\n',
    },
    target,
    attempt: 1,
  };
}
