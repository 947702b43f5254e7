import type { Envelope } from './envelope.ts';

/** The event that personal data are gone from a log. */
export const privacyErasedType = 'sekisho.privacy.erased.v1';

/** What was erased: all that is personal of a time, or one address, which is not named. Times in ms since 1970. */
export type PrivacyErased =
  | { what: 'age'; fromMs: number; beforeMs: number }
  /** `erasure`: its id. `events`: in how many of them the address was. */
  | { what: 'address'; erasure: string; events: number };

/** Aggregate of the erasures by age; each of an address has one of its own. */
export const erasedByAge = 'audit/personal-data';

export function privacyErasedEvent(id: string, timeMs: number, source: string, data: PrivacyErased): Envelope {
  return {
    specversion: '1.0',
    id,
    source,
    type: privacyErasedType,
    time: new Date(timeMs).toISOString(),
    subject: data.what === 'age' ? erasedByAge : `audit/${data.erasure}`,
    datacontenttype: 'application/json',
    dataschema: `urn:sekisho:schema:${privacyErasedType}`,
    streamversion: 1,
    severitytext: data.what === 'age' ? 'DEBUG' : 'INFO',
    data: { ...data },
  };
}
