import type { Envelope } from './envelope.ts';

/** Commands: what can be asked of all gateways at once. They are events of the lane `commands`, and so are their outcomes. */

export const commandKinds = ['restart', 'deploy-component', 'rollback-component', 'forget-answers'] as const;
export type CommandKind = (typeof commandKinds)[number];

/** The local components, as `component/<name>` in the log. */
export const componentNames = ['agent', 'conventional', 'filter'] as const;
export type ComponentName = (typeof componentNames)[number];

/** What a gateway is to do; it changes nothing else. */
export type Order =
  /** Reads the settings again and restarts the scan service, as SIGHUP does. */
  | { kind: 'restart' }
  /** Asks now for the newest version and takes it into use. `version`: the one that must then be in use, if it is not null. */
  | { kind: 'deploy-component'; component: ComponentName; version: string | null }
  /** Takes the version before into use; the one that is in use is refused from now on, until there is a newer one. */
  | { kind: 'rollback-component'; component: ComponentName }
  /** Kept answers of reputation services are void: all is asked again. */
  | { kind: 'forget-answers' };

/** What came of it: the epoch that takes messages, and the version of the component in use. */
export interface CommandResult {
  epoch: number;
  version: string | null;
  /** The version that was in use before; since 0.5.0, absent for a restart. */
  before?: string | null;
  /** Where settings were changed that wait for the next start of the process, as `[smtp]`; since 0.3.0, absent when nowhere. */
  later?: readonly string[];
}

/** What the name of a gateway may be: one word, for subjects of events and names of consumer groups. */
export const gatewayNameForm = /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}$/;

/** A command's id: one word that is safe in names of files and in subjects. */
export const commandIdForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** How long a command holds when it does not say; and at most, as long as the topic keeps it. In seconds. */
export const validSeconds = { usual: 3600, max: 7 * 86_400 };

/** Longer texts are no commands: 1000 gateways by name take less. */
export const commandBytesMax = 64 * 1024;

/** CloudEvents source of a gateway, by its name. */
export function gatewaySource(name: string): string {
  return `/sekisho/gateway/${name}`;
}

/** A command that is given. */
export interface GivenCommand {
  id: string;
  order: Order;
  /** CloudEvents source of who gives it. */
  source: string;
  /** Milliseconds since 1970. */
  timeMs: number;
  validSeconds: number;
  /** Sources of the gateways that it is for; all of them when there is none. */
  gateways: readonly string[];
}

/** The event that gives a command: `sekisho.command.<kind>.v1`. */
export function commandEvent({ id, order, source, timeMs, validSeconds: valid, gateways }: GivenCommand): Envelope {
  const { kind, ...what } = order;
  const type = `sekisho.command.${kind}.v1`;
  return {
    specversion: '1.0',
    id,
    source,
    type,
    time: new Date(timeMs).toISOString(),
    subject: `command/${id}`,
    datacontenttype: 'application/json',
    dataschema: `urn:sekisho:schema:${type}`,
    correlationid: id,
    streamversion: 1,
    severitytext: 'INFO',
    data: {
      ...Object.fromEntries(Object.entries(what).filter(([, value]) => value !== null)),
      validSeconds: valid,
      ...(gateways.length > 0 && { gateways }),
    },
  };
}

/** A gateway's word on a command: one of the machine `command`'s transitions. */
export interface Outcome {
  command: string;
  source: string;
}

/** Whose outcome an event of the lane is; undefined for a command, and for what is neither. */
export function outcomeOf(event: unknown): Outcome | undefined {
  const { type, source, data } = (event ?? {}) as { type?: unknown; source?: unknown; data?: unknown };
  const { command, transition } = (data ?? {}) as { command?: unknown; transition?: unknown };
  if (typeof type !== 'string' || !type.startsWith('sekisho.command.')) return undefined;
  if (typeof transition !== 'string' || typeof command !== 'string' || typeof source !== 'string') return undefined;
  return { command, source };
}
