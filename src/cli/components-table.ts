import { printable } from '../events/printable.ts';
import type { ComponentRow } from '../projections/servers/rows.ts';
import { nameOf } from './command-wait.ts';
import { table } from './text-table.ts';

const headings = [
  ...['GATEWAY', 'COMPONENT', 'STATE', 'VERSION', 'PATTERN', 'SIGNATURES', 'NEWEST AS OF', 'LAST CHECK'],
  ...['NEXT CHECK', 'HELD BACK', 'LAST FAILURE'],
];

/** What `sekisho components list` shows. @param nowMs for ages, ms since 1970 */
export function componentsTable(rows: readonly ComponentRow[], nowMs: number): string {
  return table(
    headings,
    rows.map((row) => cells(row, nowMs).map(printable)),
  );
}

function cells(row: ComponentRow, nowMs: number): string[] {
  const { component, state, version, patternId, signatures, heldBack, lastFailure } = row;
  const age = (time: string | undefined) => (time === undefined ? '-' : ago(nowMs - Date.parse(time)));
  return [
    ...[nameOf(row.gateway), component, state, version ?? 'none', patternId ?? '-', signatures?.toString() ?? '-'],
    ...[age(row.confirmed), age(row.lastCheck), nextCheck(row, nowMs), heldBack ?? '-'],
    lastFailure === undefined ? '-' : `${age(lastFailure.time)}, ${lastFailure.kind}: ${lastFailure.reason}`,
  ];
}

/** Of a gateway that does not run it is over. */
function nextCheck({ state, nextCheck: next }: ComponentRow, nowMs: number): string {
  if (state === 'Checking') return 'now';
  if (next === undefined) return 'by hand';
  const leftMs = Date.parse(next) - nowMs;
  return leftMs < 0 ? '-' : `in ${duration(leftMs)}`;
}

const ago = (ms: number) => `${duration(Math.max(0, ms))} ago`;

/** `3 d 4 h`, `12 min`, `5 s`. */
function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
