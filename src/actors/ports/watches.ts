/** What is looked at now and then, so that administrators hear of trouble before it is there. */
import type { JournalMeasured } from '../../machines/journal-room.ts';

/** How much room there is for the journal. */
export type JournalRoom = Omit<JournalMeasured, 'type'>;

/** A certificate that the gateway rests on. */
export interface WatchedCertificate {
  /** Whose it is, the same each time: `host:port` of a server, or the setting that names its file. */
  certificate: string;
  host: string | null;
  /** Milliseconds since 1970. */
  endMs: number;
}

/** What can be measured. Both may throw. */
export interface Measures {
  journalRoom(): JournalRoom;
  certificates(): readonly WatchedCertificate[];
}
