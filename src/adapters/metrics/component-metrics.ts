import { Counter, Gauge, type Registry } from '@prometheus-io/client';
import type { OccurrenceOf } from '../../events/occurrence.ts';

/** Patterns and filter: which, how old, and how their updates go. @param now ms since 1970 */
export function componentMetrics(register: Registry, now: () => number) {
  const labels = { registers: [register], labelNames: ['component'] as const };
  /** When each was last found to be the newest, ms since 1970. */
  const confirmed = new Map<string, number>();
  const versions = new Map<string, string>();
  new Gauge({
    ...labels,
    name: 'sekisho_component_age_seconds',
    help: 'Since the component was last found to be the newest',
    collect() {
      for (const [component, ms] of confirmed) this.set({ component }, Math.max(0, now() - ms) / 1000);
    },
  });
  const lastSuccess = new Gauge({
    ...labels,
    name: 'sekisho_component_last_success_timestamp_seconds',
    help: 'When the component was last found to be the newest, or updated; since 1970',
  });
  const failures = new Gauge({
    ...labels,
    name: 'sekisho_component_consecutive_failures',
    help: 'Checks for a newer component that have failed in a row',
  });
  const signatures = new Gauge({ ...labels, name: 'sekisho_component_signatures', help: 'Signatures of the pattern' });
  const info = new Gauge({
    ...{ name: 'sekisho_component_info', help: '1 for the version in use', registers: [register] },
    labelNames: ['component', 'version'],
  });
  const checks = new Counter({
    ...{ name: 'sekisho_component_checks_total', help: 'Checks for a newer component', registers: [register] },
    labelNames: ['component', 'outcome'],
  });

  function confirm(component: string, ms: number): void {
    confirmed.set(component, ms);
    lastSuccess.set({ component }, ms / 1000);
  }

  return {
    count({ component, version, isConfirmed, confirmedMs, checked, ...figures }: OccurrenceOf<'component'>): void {
      if (isConfirmed) confirm(component, now());
      else if (confirmedMs !== undefined) confirm(component, confirmedMs);
      if (checked !== undefined) checks.inc({ component, outcome: checked });
      failures.set({ component }, figures.failures);
      if (figures.signatures !== undefined) signatures.set({ component }, figures.signatures);
      const before = versions.get(component);
      if (version === null || version === before) return;
      if (before !== undefined) info.remove({ component, version: before });
      info.set({ component, version }, 1);
      versions.set(component, version);
    },
  };
}
