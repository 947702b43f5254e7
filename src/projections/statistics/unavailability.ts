/** A stretch of time in one hour. */
export interface Stretch {
  /** Beginning of the hour, RFC 3339 UTC. */
  hour: string;
  ms: number;
}

const hourMs = 3_600_000;

/** Hours that one stretch may touch: servers tell where they stand far more often, so a longer one is a clock that jumped. */
const hoursMax = 48;

/** The beginning of the hour of a time. */
export function hourOf(ms: number): string {
  return new Date(Math.floor(ms / hourMs) * hourMs).toISOString();
}

/** A stretch of time, parted by hours. Nothing when it ends before it begins. */
export function byHours(fromMs: number, toMs: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (let at = fromMs; at < toMs && stretches.length < hoursMax; ) {
    const end = Math.min(toMs, (Math.floor(at / hourMs) + 1) * hourMs);
    stretches.push({ hour: hourOf(at), ms: end - at });
    at = end;
  }
  return stretches;
}
