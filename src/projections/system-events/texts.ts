import { adminActs } from '../../events/audit.ts';
import type { Envelope } from '../../events/envelope.ts';
import { type Rule, type Rules, silent } from './rule.ts';
import { componentTexts } from './texts-of-components.ts';
import { engineTexts } from './texts-of-engines.ts';
import { notificationTexts } from './texts-of-notifications.ts';
import { methodTexts, serverTexts } from './texts-of-servers.ts';
import { serviceTexts } from './texts-of-service.ts';
import { commandTexts, projectionTexts, relayTexts } from './texts-of-the-log.ts';
import { watchTexts } from './texts-of-watches.ts';

/** These have a log of their own (`src/projections/audit`). */
const auditTexts: Rules = Object.fromEntries(
  ['settings.changed', 'settings.in-force', 'privacy.erased', ...adminActs.map((act) => `admin.${act}`)].map((name) => [
    name,
    silent,
  ]),
);

/**
 * What the system event log says, by event type without `sekisho.` and the version. A type that is not here cannot be
 * forgotten: a test compares them with docs/events.md.
 */
export const texts: Rules = {
  ...serverTexts,
  ...engineTexts,
  ...methodTexts,
  ...serviceTexts,
  ...componentTexts,
  ...relayTexts,
  ...projectionTexts,
  ...watchTexts,
  ...commandTexts,
  ...notificationTexts,
  ...auditTexts,
};

/** Of a type that came later than this program: only what is wrong is worth a line. */
const unknown: Rule = {
  say: (event) => {
    const name = `${shortName(event.type)} (${event.subject})`;
    return { ja: name, en: name };
  },
};
const isWrong = ({ severitytext }: Envelope) => severitytext === 'ERROR' || severitytext === 'WARN';

/** What to say of an event. */
export function ruleOf(event: Envelope): Rule {
  return texts[shortName(event.type)] ?? (isWrong(event) ? unknown : {});
}

/** The name by which `texts` knows an event. */
export function shortName(type: string): string {
  return type.replace(/^sekisho\./, '').replace(/\.v\d+$/, '');
}
