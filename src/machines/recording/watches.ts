import type { CertificateContext } from '../certificate.ts';
import type { JournalRoomContext } from '../journal-room.ts';
import type { QuarantineContext } from '../quarantine.ts';
import type { StreamRule } from './stream-rule.ts';

/** Room in the journal. */
export const journal: StreamRule<JournalRoomContext> = {
  lane: 'system',
  subject: () => 'journal',
  input: ({ percentMax, freeBytesMin }) => ({ percentMax, freeBytesMin }),
  facts: ({ short, heldBy, bytes, bytesMax, percent }) => ({ short, heldBy, bytes, bytesMax, percent }),
  severity: (_context, state, from) => (state === 'NearlyFull' ? 'ERROR' : from === 'Unmeasured' ? 'DEBUG' : 'INFO'),
};

/** The end of one certificate. */
export const certificate: StreamRule<CertificateContext> = {
  lane: 'system',
  subject: (context) => `certificate/${context.certificate}`,
  input: ({ certificate: name, host, daysMin }) => ({ certificate: name, host, daysMin }),
  facts: ({ certificate: name, host, days, end }) => ({ certificate: name, host, days, end }),
  severity: (_context, state, from) => {
    if (state !== 'Good') return state === 'Over' ? 'ERROR' : 'WARN';
    return from === 'Unseen' ? 'DEBUG' : 'INFO';
  },
};

/** Room in the quarantine or an archive, and what is too old in it. */
export const quarantine: StreamRule<QuarantineContext> = {
  lane: 'system',
  subject: ({ archive }) => (archive === undefined ? 'quarantine' : `archive/${archive}`),
  input: ({ archive, bytesMax, daysMax, whenFull }) => ({ archive, bytesMax, daysMax, whenFull }),
  facts: ({ archive, messages, bytes, bytesMax, refusedBytes, gone, reason }) => ({
    ...{ archive, messages, bytes, bytesMax, refusedBytes, gone, reason },
  }),
  severity: (_context, state, from, event) => {
    if (event === 'EXPIRED') return 'INFO';
    if (state === 'Open') return from === 'Unmeasured' ? 'DEBUG' : 'INFO';
    return state === 'Full' ? 'ERROR' : 'WARN';
  },
};
