import type { Envelope } from '../../events/envelope.ts';
import type { NotificationKind } from '../../events/notification.ts';
import { hostOf } from '../../events/server-name.ts';
import { problemOf } from '../system-events/component-problems.ts';
import { reason, value } from '../system-events/rule.ts';
import { shortName } from '../system-events/texts.ts';
import { isRestart } from '../system-events/texts-of-servers.ts';
import { serviceText } from '../system-events/texts-of-services.ts';

/** What an event is told as. When it is told, and that it is told once, is up to the rule of the system event log. */
export interface KindOfEvent {
  kind: NotificationKind;
  /** Values for the templates, by token. */
  values: (event: Envelope) => Readonly<Record<string, string>>;
  /** Told only when this holds. */
  isTold?: (event: Envelope) => boolean;
}

const component = (event: Envelope) => ({
  component: value(event, 'component'),
  version: value(event, 'version'),
  // Which refusal it was, for people and filters of any language.
  reason: [problemOf(event) ?? '', reason(event)].filter((part) => part !== '').join(': '),
});
const server = (event: Envelope) => ({
  host: hostOf(value(event, 'server')),
  server: value(event, 'server'),
  seconds: value(event, 'cacheSeconds'),
});

/** Of another reputation service. */
const service = (event: Envelope) => ({
  server: serviceText(value(event, 'server'), value(event, 'service')),
  seconds: value(event, 'cacheSeconds'),
  reason: event.data.required === false ? 'advisory' : 'required',
});

const certificate: KindOfEvent = {
  kind: 'certificate-near-its-end',
  values: (event) => ({
    certificate: value(event, 'certificate'),
    host: value(event, 'host'),
    days: value(event, 'days'),
    end: value(event, 'end'),
  }),
};

/** What an event is told as, if anything: servers and services have the same events. */
export function kindOfEvent(event: Envelope): KindOfEvent | undefined {
  const name = shortName(event.type);
  return kindsOfEvents[typeof event.data.service === 'string' ? name.replace(/^server\./, 'service.') : name];
}

/** By event type without `sekisho.` and the version; `service.` for those of services. Messages have rules of their own (`messages.ts`). */
export const kindsOfEvents: Readonly<Record<string, KindOfEvent>> = {
  'server.cached-invalid': { kind: 'server-unavailable', values: server },
  // A restart of ours is no recovery of the server.
  'server.healthy': { kind: 'server-recovered', values: server, isTold: (event) => !isRestart(event) },
  'service.cached-invalid': { kind: 'service-unavailable', values: service },
  'service.healthy': { kind: 'service-recovered', values: service, isTold: (event) => !isRestart(event) },
  'engine.cached-invalid': {
    kind: 'engine-unavailable',
    values: (event) => ({ server: value(event, 'server'), seconds: value(event, 'cacheSeconds') }),
  },
  'engine.healthy': { kind: 'engine-recovered', values: (event) => ({ server: value(event, 'server') }) },
  'method.conventional': { kind: 'failover', values: () => ({}) },
  'updater.updated': { kind: 'update-succeeded', values: component },
  'updater.failed': { kind: 'update-failed', values: component },
  'updater.stale': { kind: 'pattern-too-old', values: component },
  'journal.nearly-full': {
    kind: 'journal-nearly-full',
    values: (event) => ({
      percent: value(event, 'percent'),
      bytes: value(event, 'bytes'),
      bytes_max: value(event, 'bytesMax'),
      reason: value(event, 'short') === 'disk' ? 'disk' : `reader ${value(event, 'heldBy')}`,
    }),
  },
  'certificate.near-its-end': certificate,
  'certificate.over': certificate,
};
