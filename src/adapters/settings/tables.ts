import type { Key, Section, SectionValues } from './section.ts';
import { clamd } from './sections/clamd.ts';
import { consoleSection } from './sections/console.ts';
import { journal } from './sections/journal.ts';
import { kafka } from './sections/kafka.ts';
import { log } from './sections/log.ts';
import { logs } from './sections/logs.ts';
import { metrics } from './sections/metrics.ts';
import { next_hop } from './sections/next-hop.ts';
import { notify } from './sections/notify.ts';
import { policy } from './sections/policy.ts';
import { policyRule } from './sections/policy-rule.ts';
import { projections } from './sections/projections.ts';
import { quarantine } from './sections/quarantine.ts';
import { scan } from './sections/scan.ts';
import { reputationService } from './sections/service.ts';
import { smart_protection } from './sections/smart-protection.ts';
import { smart_scan } from './sections/smart-scan.ts';
import { smtp } from './sections/smtp.ts';
import { sps } from './sections/sps.ts';
import { state } from './sections/state.ts';
import { syslog } from './sections/syslog.ts';
import { update } from './sections/update.ts';
import { virus_rule } from './sections/virus-rule.ts';
import { watch } from './sections/watch.ts';

/** Every section, in the order of the reference. */
export const tables = {
  smtp,
  next_hop,
  state,
  smart_scan,
  smart_protection,
  update,
  scan,
  clamd,
  virus_rule,
  policy,
  journal,
  kafka,
  projections,
  watch,
  metrics,
  syslog,
  notify,
  quarantine,
  console: consoleSection,
  sps,
  log,
  logs,
} as const satisfies Readonly<Record<string, Section>>;

/** The values of all settings, typed by the tables: `values.smart_scan.query_timeout_ms`. */
export type SettingsValues = { readonly [Name in keyof typeof tables]: SectionValues<(typeof tables)[Name]> };

/** A key's place. */
export interface KeyName {
  section: string;
  key: string;
}

/** Every key by `section.key`, in the order of the reference. */
export const keys: ReadonlyMap<string, KeyName & Key<unknown>> = new Map(
  Object.entries<Section>(tables).flatMap(([section, { keys }]) =>
    Object.entries(keys).map(([key, definition]) => [`${section}.${key}`, { section, key, ...definition }] as const),
  ),
);

/** Sections of which there may be any number, each with a name: `[policy.NAME]`. */
export const namedSections = { policy: policyRule, service: reputationService } as const satisfies Record<
  string,
  Section
>;
export type NamedKind = keyof typeof namedSections;

/** Of a section like `[policy.NAME]` what stands before and after its first dot; undefined for any other. */
export function namedSection(section: string): { kind: NamedKind; name: string } | undefined {
  const [, kind = '', name = ''] = /^([^.]+)\.(.+)$/.exec(section) ?? [];
  return Object.hasOwn(namedSections, kind) ? { kind: kind as NamedKind, name } : undefined;
}

/** NAME of a section of this kind; undefined for any other. */
export function nameOf(kind: NamedKind, section: string): string | undefined {
  const found = namedSection(section);
  return found?.kind === kind ? found.name : undefined;
}

/** A key by `section.key`, also one of a section with a name. */
export function definitionOf(name: string): (KeyName & Key<unknown>) | undefined {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const [section, key] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)];
  const named = namedSection(section);
  const own: Readonly<Record<string, Key<unknown>>> = named === undefined ? {} : namedSections[named.kind].keys;
  const definition = Object.hasOwn(own, key) ? own[key] : undefined;
  return definition && { section, key, ...definition };
}

/** The environment variable that sets a key. */
export function variableOf({ section, key }: KeyName): string {
  return `SEKISHO_${section}_${key}`.toUpperCase();
}
