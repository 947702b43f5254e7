import type { Envelope, Severity } from './envelope.ts';
import type { ChangedSetting, SettingInForce } from './settings-change.ts';

/** The audit trail: what administrators do. Its events are no transitions; whoever acts says so before and after. */

/** A person at a command line, as the operating system knows them. */
export interface Person {
  user: string;
  uid: number;
  /** Who became that user by sudo; null when nobody did. */
  sudoUser: string | null;
  host: string;
}

/** Who did it. */
export type Actor =
  | ({ kind: 'user' } & Person)
  /** SIGHUP: the operating system does not say whose. */
  | { kind: 'signal' }
  /** A command to gateways, by its id; `givenBy` is the CloudEvents source of who gave it. */
  | { kind: 'command'; command: string; givenBy: string | null };

/** What is audited of the command line. */
export const adminActs = [
  'quarantine-release',
  'quarantine-delete',
  'projections-rebuild',
  'parked-retry',
  'sps-import',
  'sps-source',
  'sps-override',
  'sps-client',
  'sps-export',
  'sps-publish',
  'sps-key',
  'console-token',
  'kafka-init',
  'notify-test',
  'backup',
  'restore',
  'privacy-erase',
] as const;
export type AdminAct = (typeof adminActs)[number];

/** An act is told when it begins, and when it has ended. */
export const actPhases = ['begun', 'done', 'failed'] as const;
export type ActPhase = (typeof actPhases)[number];

/** One word on an act. */
export interface ActNote {
  /** A UUID: the same in both words on it. */
  act: string;
  what: AdminAct;
  phase: ActPhase;
  who: Person;
  /** What it was done to: an id, a name, a file. */
  target: string | null;
  before: string | null;
  after: string | null;
  /** Why it failed. */
  reason: string | null;
  /** When, ms since 1970. */
  timeMs: number;
}

/** The event of an act. Its id is made from the note: one that is taken up twice is seen twice as the same event. */
export function actEvent(note: ActNote, source: string): Envelope {
  const { act, what, phase, who, target, before, after, reason, timeMs } = note;
  const isBegun = phase === 'begun';
  return {
    ...auditEnvelope(`sekisho.admin.${what}.v1`, source, timeMs, phase === 'failed' ? 'WARN' : 'INFO'),
    id: `${act}.${isBegun ? 'begun' : 'ended'}`,
    subject: `audit/${act}`,
    correlationid: act,
    ...(!isBegun && { causationid: `${act}.begun` }),
    streamversion: isBegun ? 1 : 2,
    data: { act, phase, who: { kind: 'user', ...who }, target, before, after, reason },
  };
}

/** What the log says of the settings: `changed` with what is new, `in-force` when there was nothing to compare with. */
export interface SettingsNote {
  id: string;
  timeMs: number;
  by: Actor;
  /** When it was found: a start of the gateway, a restart of the scan service, or that the log had lost the note before. */
  at: 'start' | 'restart' | 'kept';
  changes: readonly ChangedSetting[];
  /** All that is not the default: what the next start is compared with. */
  inForce: readonly SettingInForce[];
}

/** Aggregate of the events of the settings. */
export const settingsSubject = 'audit/settings';

/** The event of a note on the settings. */
export function settingsEvent({ id, timeMs, by, at, changes, inForce }: SettingsNote, source: string): Envelope {
  const isChange = changes.length > 0;
  return {
    ...auditEnvelope(`sekisho.settings.${isChange ? 'changed' : 'in-force'}.v1`, source, timeMs, 'INFO'),
    id,
    subject: settingsSubject,
    data: { by, at, ...(isChange && { changes }), inForce },
  };
}

function auditEnvelope(type: string, source: string, timeMs: number, severitytext: Severity) {
  return {
    specversion: '1.0',
    source,
    type,
    time: new Date(timeMs).toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:sekisho:schema:${type}`,
    streamversion: 1,
    severitytext,
  } as const;
}
