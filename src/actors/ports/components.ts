/** Local components: where they come from, and where they are kept. */

import type { ComponentName } from '../../events/command.ts';
import type { ComponentProblem } from '../../events/component-problem.ts';
import type { ScanComponents } from './scanning.ts';

/** A component as it was downloaded: signed by a trusted key, and newer than what was seen before. */
export interface ComponentDownload {
  component: ComponentName;
  /** `<number>-<digest>`. */
  version: string;
  /** Rises with every version. */
  number: number;
  /** Id of the smart scan pattern that it belongs to. */
  patternId: string;
  /** Whole on disk, until the next fetch of this component. */
  files: readonly DownloadedFile[];
  /** Milliseconds since 1970. */
  fetchedAtMs: number;
}

/** A file of a component; by its ending as `PackageFile` of `src/sps/protocol` says. */
export interface DownloadedFile {
  name: string;
  /** Lower-case hexadecimal. */
  sha256: string;
  path: string;
}

/** What is there already, so that less has to be fetched. */
export interface ComponentAtHand {
  /** Not wanted again: the version in use, and one that was rolled back. */
  versions: readonly string[];
  /** Files of the version in use. */
  files: readonly DownloadedFile[];
}

/**
 * Waits until nobody else writes files of the component, and gives what is at hand by then; the turn is over when the fetch and what
 * becomes of it have ended. Throws `ReputationFailure` (timeout) when the signal of the fetch has aborted meanwhile.
 */
export type DownloadTurn = () => Promise<ComponentAtHand>;

/** A source of signed packages. */
export interface UpdateSource {
  /**
   * The newest version of a component, verified and whole on disk. Throws `ComponentRefused` for what is wrong with it, and
   * `ReputationFailure` when the source does not answer. `turn` is taken before anything is written, and after the source has
   * answered: a source that hangs must not hold up others. Without it, one fetch of a component at a time.
   */
  fetch(
    component: ComponentName,
    atHand: ComponentAtHand,
    signal: AbortSignal,
    turn?: DownloadTurn,
  ): Promise<ComponentDownload | 'unchanged'>;
  /** How long it asked to be left alone when it was last fetched from, milliseconds; 0: it did not. */
  minWaitMs(component: ComponentName): number;
  close(): Promise<void>;
}

/** A version on disk. */
export interface StoredComponent {
  /** Its folder's name where damaged. */
  version: string;
  /** `kept`: the newest of them is what a rollback takes. */
  state: 'in-use' | 'kept' | 'rolled-back' | 'damaged';
  /** When it was fetched, and when a source last said that it is the newest; ms since 1970, 0 where damaged. */
  fetchedAtMs: number;
  checkedAtMs: number;
  /** All files together. */
  bytes: number;
}

/** Keeps verified components on disk and loaded in memory. A component that does not verify never replaces one that does. */
export interface ComponentStore {
  /** What scans use; replaced as a whole, never changed in place. */
  current(): ScanComponents;
  /** Loads the last good ones from disk; says what is damaged. */
  load(): Promise<{ component: ComponentName; problem: string }[]>;
  /** For the next fetch. */
  atHand(component: ComponentName): ComponentAtHand;
  /** Verifies, test-loads, probes, writes, fsyncs and only then switches. Throws `ComponentRefused` and keeps the old one. */
  install(download: ComponentDownload): Promise<void>;
  /** The source said that this is still the newest. Does nothing after a rollback: it is not. */
  confirm(component: ComponentName, atMs: number): void;
  /** Takes the version before into use; the one that was in use is refused from now on. Throws `ComponentRefused` and changes nothing. */
  rollback(component: ComponentName): Promise<{ from: string; to: string }>;
  /** What is on disk, newest first. */
  versions(component: ComponentName): Promise<StoredComponent[]>;
}

/** A component is not what it says, or cannot be used. */
export class ComponentRefused extends Error {
  readonly kind: ComponentProblem;
  constructor(kind: ComponentProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ComponentRefused';
    this.kind = kind;
  }
}
