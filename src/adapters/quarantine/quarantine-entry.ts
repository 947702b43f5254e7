import type { QuarantineEntry } from '../../actors/ports/mail.ts';

/** An entry as it is kept: the port's, and what was done with it since. */
export interface StoredEntry extends QuarantineEntry {
  /** When it was last released, RFC 3339; absent while it never was. */
  releasedAt?: string;
  /** Paths of those that it was released to, ever; since 0.3.0. */
  releasedTo?: readonly string[];
}

/** Largest metadata file that is read, bytes: 1000 recipients with long addresses fit. */
export const metadataBytesMax = 4 * 1024 * 1024;

const idForm = /^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$/i;
const dayForm = /^\d{4}-\d{2}-\d{2}$/;

/** A GUID: the only thing of an entry that becomes a file name. */
export function isId(text: string): boolean {
  return idForm.test(text);
}

/** The name of a day's folder. */
export function isDay(text: string): boolean {
  return dayForm.test(text);
}

/** The UTC day of an entry's time. Throws `RangeError` when that is no time. */
export function dayOf(time: string): string {
  return new Date(time).toISOString().slice(0, 10);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCommand(value: unknown): boolean {
  if (!isObject(value) || typeof value.path !== 'string' || !Array.isArray(value.parameters)) return false;
  return value.parameters.every(
    (parameter) =>
      isObject(parameter) &&
      typeof parameter.keyword === 'string' &&
      (parameter.value === undefined || typeof parameter.value === 'string'),
  );
}

function isListOf(value: unknown, isOne: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTime(value: unknown): value is string {
  return isText(value) && !Number.isNaN(Date.parse(value));
}

const checks: Readonly<Record<keyof StoredEntry, (value: unknown) => boolean>> = {
  id: (value) => isText(value) && isId(value),
  time: isTime,
  mailFrom: isCommand,
  recipients: (value) => isListOf(value, isCommand),
  client: (value) => isObject(value) && isText(value.address) && isText(value.helo),
  size: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  reason: isText,
  files: (value) => isListOf(value, isText),
  subject: (value) => value === undefined || isText(value),
  releasedAt: (value) => value === undefined || isTime(value),
  releasedTo: (value) => value === undefined || isListOf(value, isText),
};

/** Reads metadata. Throws `Error` that names the field which is missing or wrong. */
export function parseEntry(json: string): StoredEntry {
  const value: unknown = JSON.parse(json);
  if (!isObject(value)) throw new Error('not an object');
  const wrong = Object.entries(checks).find(([field, check]) => !check(value[field]));
  if (wrong) throw new Error(`field ${wrong[0]} is missing or wrong`);
  return value as unknown as StoredEntry;
}
