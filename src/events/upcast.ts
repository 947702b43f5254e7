import type { Envelope } from './envelope.ts';

/** Makes an event of one version into one of the next: pure, from the event alone. The type is raised by `upcast`. */
export type Upcaster = (event: Envelope) => Envelope;

/** By the type that is made newer: `sekisho.server.failing.v1` leads to `.v2`. Once released, never changed or taken out. */
export type Upcasters = Readonly<Record<string, Upcaster>>;

/** Every step that was ever needed. Nothing released has changed so far; docs/decisions/017-event-versions.md shows one. */
const upcasters: Upcasters = {};

/** The log holds a version that a newer program wrote: its meaning is unknown here, so it is not guessed at. */
export class NewerVersion extends Error {
  constructor(type: string, known: number) {
    super(`${type} is of a newer program; this one knows it up to v${known}`);
    this.name = 'NewerVersion';
  }
}

const form = /^(.+)\.v(\d+)$/;

/**
 * An event of any version in the form of the newest one: what everything that folds the log works on. The stored event
 * stays as it is; a type without a version, and one that is wholly unknown, is passed as it is.
 * @throws {NewerVersion} when the program does not know the version.
 */
export function upcast(event: Envelope, steps: Upcasters = upcasters): Envelope {
  const [, name, digits] = form.exec(event.type) ?? [];
  if (name === undefined) return event;
  const newest = newestVersion(name, steps);
  const version = Number(digits);
  if (version === newest) return event;
  if (version > newest) throw new NewerVersion(event.type, newest);
  let current = event;
  for (let from = version; from < newest; from++) {
    const step = steps[`${name}.v${from}`] as Upcaster;
    current = { ...step(current), type: `${name}.v${from + 1}`, dataschema: `urn:sekisho:schema:${name}.v${from + 1}` };
  }
  return current;
}

/** The version in which events of this name (`sekisho.server.failing`) are written: one more than there are steps. */
export function newestVersion(name: string, steps: Upcasters = upcasters): number {
  let version = 1;
  while (Object.hasOwn(steps, `${name}.v${version}`)) version++;
  return version;
}

/** The types of this name that a log may hold, oldest first: `sekisho.server.failing.v1`, `.v2`. */
export function typesOf(name: string, steps: Upcasters = upcasters): string[] {
  return Array.from({ length: newestVersion(name, steps) }, (_, index) => `${name}.v${index + 1}`);
}
