import type { Settings } from '../adapters/settings/settings.ts';
import { audit } from '../projections/audit/audit.ts';
import type { Projection } from '../projections/projection.ts';
import { statistics } from '../projections/statistics/statistics.ts';

const dayMs = 86_400_000;

/** How long the view of a projection remembers what grows with time, ms; 0: for ever. */
export function keepMsOf({ projections }: Pick<Settings, 'projections'>, { name }: Projection): number {
  if (name === audit.name) return projections.audit_days_max * dayMs;
  if (name === statistics.name) return projections.statistics_days_max * dayMs;
  return projections.days_max * dayMs;
}
