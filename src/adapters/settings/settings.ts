import type { GivenText, Origin } from './origin.ts';
import type { SettingsValues } from './tables.ts';

/** All settings, deeply read-only, and where each comes from. */
export interface Settings extends SettingsValues {
  /** Where a key's value comes from; throws `RangeError` when there is no such key. */
  origin<Section extends keyof SettingsValues>(section: Section, key: keyof SettingsValues[Section] & string): Origin;
  /** What file and environment give, as it stands there, in the order of the reference; the rest are defaults. */
  given(): readonly GivenText[];
  /** The file that was read; undefined when there is none. */
  readonly file: string | undefined;
}
