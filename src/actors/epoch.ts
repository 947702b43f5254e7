import type { ReputationService } from './ports/reputation.ts';
import type { ScanComponents } from './ports/scanning.ts';
import type { AskAll } from './reputation/combine.ts';
import type { Servers } from './reputation/servers.ts';
import type { OpenService } from './reputation/services.ts';
import type { ScanSettings } from './scan-settings.ts';

/** One run of the scan service from start to restart: its settings, servers, patterns and answers (D10). */
export interface Epoch {
  number: number;
  settings: ScanSettings;
  servers: Servers;
  reputation: ReputationService;
  services: readonly OpenService[];
  /** Asks everybody whose answers a message needs or may have. */
  ask: AskAll;
  /** The same, of whoever answers: nobody's failure is the message's. */
  askWhoAnswers: AskAll;
  /** The patterns that this epoch began with, and the newest filter (D2: a new filter is no component update). */
  components(): ScanComponents;
  /** Takes the patterns as they are now for its own: at its start, when they have been loaded. */
  adoptPatterns(): void;
  /** Scans that began in this epoch and have not ended. */
  scans: number;
  /** A scan has ended. */
  ended(): void;
  /** Resolves when the epoch takes no new scans and the last has ended. */
  drained(): Promise<void>;
  /** Its servers' counts stand still; connections are closed once it has drained. */
  retire(): void;
}
