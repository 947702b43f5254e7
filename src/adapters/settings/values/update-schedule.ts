import type { UpdateSchedule } from '../../../machines/update-schedule.ts';
import { type ValueType, valueType } from './value-type.ts';

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
/** As `interval_seconds`. */
const daysMax = 30;

/** `every 30m`, `daily 02:30` or `weekly sunday 02:30`. */
export const updateSchedule: ValueType<UpdateSchedule> = valueType(
  '`every 30m` (m, h or d, up to 30 days), `daily 02:30` or `weekly sunday 02:30`',
  (text) => {
    const [kind, ...rest] = text.toLowerCase().split(/ +/);
    if (kind === 'every' && rest.length === 1) return every(rest[0] ?? '');
    const minute = minuteOf(rest.at(-1) ?? '');
    if (minute === undefined) return undefined;
    if (kind === 'daily' && rest.length === 1) return { kind, minute };
    const weekday = weekdays.indexOf(rest[0] ?? '');
    return kind === 'weekly' && rest.length === 2 && weekday >= 0 ? { kind, weekday, minute } : undefined;
  },
);

function every(text: string): UpdateSchedule | undefined {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? 0);
  return ms > 0 && ms <= daysMax * 86_400_000 ? { kind: 'every', ms } : undefined;
}

/** After midnight. */
function minuteOf(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}
