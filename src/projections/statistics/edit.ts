import type { Envelope } from '../../events/envelope.ts';
import type { Row, Rows } from '../projection.ts';
import {
  emptyHour,
  emptyMalware,
  emptyServerHour,
  type HourRow,
  type MalwareRow,
  type Place,
  type ServerHourRow,
  type StandingRow,
} from './rows.ts';
import { hourOf } from './unavailability.ts';

/** The rows that an event changes, each read once. */
export class Edit {
  readonly place: Place;
  readonly timeMs: number;
  readonly #rows: Rows;
  readonly #changed = new Map<string, { table: string; key: string; row: object }>();

  constructor(rows: Rows, { time, source }: Envelope) {
    this.#rows = rows;
    this.timeMs = Date.parse(time);
    this.place = { hour: hourOf(this.timeMs), gateway: source };
  }

  changes() {
    return [...this.#changed.values()].map(({ table, key, row }) => ({ table, key, row: row as Row }));
  }

  hour(change: (row: HourRow) => Partial<HourRow>): void {
    this.#put('hours', keyOf(this.place), emptyHour(this.place), change);
  }

  malware(change: (row: MalwareRow) => Partial<MalwareRow>): void {
    this.#put('malware', keyOf(this.place), emptyMalware(this.place), change);
  }

  /** @param hour another one than that of the event */
  server(server: string, change: (row: ServerHourRow) => Partial<ServerHourRow>, hour = this.place.hour): void {
    const place = { ...this.place, hour };
    this.#put('servers', `${keyOf(place)} ${server}`, emptyServerHour(place, server), change);
  }

  /** @returns where the server stood before */
  standing(server: string, row: StandingRow): StandingRow | undefined {
    const key = `${this.place.gateway} ${server}`;
    const before = this.#rows.get('standings', key) as StandingRow | undefined;
    this.#changed.set(`standings ${key}`, { table: 'standings', key, row });
    return before;
  }

  #put<Kind extends object>(table: string, key: string, empty: Kind, change: (row: Kind) => Partial<Kind>): void {
    const name = `${table} ${key}`;
    const row = (this.#changed.get(name)?.row ?? this.#rows.get(table, key) ?? empty) as Kind;
    this.#changed.set(name, { table, key, row: { ...row, ...change(row) } });
  }
}

const keyOf = ({ hour, gateway }: Place) => `${hour} ${gateway}`;
