import type { InspectionEvent } from 'xstate';
import { startSender } from '../actors/notifications/sender.ts';
import { systemClock } from '../actors/ports/clock.ts';
import { createTexts } from '../adapters/notify-templates/create-texts.ts';
import { loadTemplates } from '../adapters/notify-templates/load-templates.ts';
import { isNotifying, type NotifySettings, notificationPolicy, openChannels } from './notification-channels.ts';
import { openOutboxOf } from './notification-store.ts';
import type { TellProblem } from './tell-problem.ts';

/** From a failed attempt to the next, at first and at most; and the bound of one. */
const times = { retryMs: 10_000, retryMsMax: 900_000, sendMs: 120_000 };

/** Notifications that are being sent. */
export interface RunningNotifications {
  /** What is on its way may end; the rest is kept. Never rejects. */
  stop(): Promise<void>;
}

export interface NotificationsOptions {
  settings: NotifySettings;
  /** The tap that turns transitions into events. */
  inspect: (event: InspectionEvent) => void;
  onProblem: TellProblem;
}

/**
 * Sends what is in the outbox of the state folder, if anybody is to be told at all. Only whoever keeps the views up to date
 * may do so, and there is one at a time.
 * @throws when the outbox cannot be used
 */
export async function startNotifications({
  settings,
  inspect,
  onProblem,
}: NotificationsOptions): Promise<RunningNotifications> {
  if (!isNotifying(settings)) return { stop: async () => {} };
  const channels = await openChannels(settings, false);
  const outbox = openOutboxOf(settings, onProblem);
  const sender = startSender({
    ...{ clock: systemClock, outbox, channels, inspect, onProblem },
    policy: notificationPolicy(settings),
    words: notificationTexts(settings, onProblem),
    times: { ...times, giveUpMs: settings.notify.give_up_hours * 3_600_000 },
  });
  return {
    async stop() {
      await sender.stop();
      outbox.close();
    },
  };
}

/** The words of notifications. Templates were read at the start; when they have become useless since, those of the program serve. */
function notificationTexts({ notify }: NotifySettings, onProblem: TellProblem) {
  try {
    return createTexts(loadTemplates(notify.templates_folder), notify.language);
  } catch (error) {
    onProblem('notifications have the texts of the program', error);
    return createTexts(loadTemplates(undefined), notify.language);
  }
}

/** Refuses texts that cannot be used. @throws {SettingsError} with file and line of each problem */
export function checkTemplates({ notify }: Pick<NotifySettings, 'notify'>): void {
  loadTemplates(notify.templates_folder);
}
