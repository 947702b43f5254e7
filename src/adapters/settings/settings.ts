import type { PolicyRule } from '../../machines/policy.ts';
import type { GivenText, Origin } from './origin.ts';
import type { GivenService } from './services.ts';
import type { SettingsValues } from './tables.ts';

/** All settings, deeply read-only, and where each comes from. */
export interface Settings extends SettingsValues {
  /** Where a key's value comes from; throws `RangeError` when there is no such key. */
  origin<Section extends keyof SettingsValues>(section: Section, key: keyof SettingsValues[Section] & string): Origin;
  /** What file and environment give, as it stands there, in the order of the reference; the rest are defaults. The order of rules is `[policy] order`. */
  given(): readonly GivenText[];
  /** Every `[policy.NAME]`, in the order of the file. */
  readonly rules: readonly PolicyRule[];
  /** Those `[service.NAME]` that `[smart_scan] services` names, in its order. */
  readonly services: readonly GivenService[];
  /** What can hardly be meant, each with its place. */
  readonly warnings: readonly string[];
  /** The file that was read; undefined when there is none. */
  readonly file: string | undefined;
}
