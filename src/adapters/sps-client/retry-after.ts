/** The longest that a server may ask to be left alone, ms (D6). */
export const retryAfterMsMax = 300_000;
/** Used when a 429 does not say, or says nonsense; ms. */
export const retryAfterMsDefault = 60_000;

/** How long a `Retry-After` field asks for (RFC 9110 10.2.3: seconds or a date), at most 300 s. */
export function retryAfterMs(field: string | undefined, nowMs: number): number {
  const text = field?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, retryAfterMsMax);
  const dateMs = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(dateMs)) return retryAfterMsDefault;
  return Math.min(Math.max(dateMs - nowMs, 0), retryAfterMsMax);
}
