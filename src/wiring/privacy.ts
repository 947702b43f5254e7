import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Journal } from '../actors/ports/journal.ts';
import { createInboxFolder } from '../adapters/inbox/inbox-folder.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { Envelope } from '../events/envelope.ts';
import { readJson } from '../events/json.ts';
import { erasedByAge, privacyErasedEvent } from '../events/privacy.ts';
import type { TellProblem } from './tell-problem.ts';

/** Where the gateway of a state folder is asked to erase an address; the file goes when that is done. */
export function privacyFolder({ state }: Pick<Settings, 'state'>): string {
  return join(state.folder, 'privacy');
}

/** What is left in that folder. */
export interface EraseRequest {
  /** A UUID: done once. */
  id: string;
  address: string;
}

/** How often it is looked whether another day is over. */
const lookMs = 3_600_000;
const dayMs = 86_400_000;
const stopMs = 1000;

export interface PrivacyOptions {
  settings: Pick<Settings, 'state' | 'logs' | 'journal'>;
  journal: Pick<Journal, 'append' | 'durable' | 'latest' | 'erase'>;
  /** CloudEvents source of the gateway. */
  source: string;
  /** Takes each event besides the journal. */
  onEvent: (event: Envelope) => void;
  onProblem: TellProblem;
}

/** A gateway that forgets people in time. */
export interface RunningPrivacy {
  stop(): Promise<void>;
}

/** Erases what is too old, day by day, and addresses when it is asked to. */
export function startPrivacy({ settings, journal, source, onEvent, onProblem }: PrivacyOptions): RunningPrivacy {
  const record = (event: Envelope) => {
    journal.append('system', event);
    onEvent(event);
  };
  const days = settings.logs.personal_days_max || settings.journal.days_max;
  const byAge = async () => {
    const beforeMs = Math.floor(Date.now() / dayMs - days) * dayMs;
    const told = (await journal.latest('system')).find(({ event }) => event.subject === erasedByAge)?.event.data
      .beforeMs;
    const fromMs = typeof told === 'number' ? told : 0;
    // What views do, the log says: a rebuild gives the same.
    if (beforeMs > fromMs)
      record(privacyErasedEvent(randomUUID(), Date.now(), source, { what: 'age', fromMs, beforeMs }));
    await journal.erase('age', { kind: 'age', beforeMs });
  };
  const look = () => void byAge().catch((error) => onProblem('personal data could not be erased', error));
  look();
  const timer = setInterval(look, lookMs).unref();

  const abort = new AbortController();
  const reading = createInboxFolder(privacyFolder(settings), onProblem).read(async ({ text, place }) => {
    const request = readRequest(text);
    if (request === undefined)
      return onProblem(`${place} in ${privacyFolder(settings)} asks for no erasure`, undefined);
    await eraseAddress(journal, source, request, onEvent);
  }, abort.signal);
  return {
    async stop() {
      clearInterval(timer);
      abort.abort();
      await Promise.race([reading, wait(stopMs, undefined, { ref: false })]);
    },
  };
}

/** Takes an address out of the journal, and says so there without naming it. @returns in how many events it was */
export async function eraseAddress(
  journal: Pick<Journal, 'append' | 'durable' | 'erase'>,
  source: string,
  { id, address }: EraseRequest,
  onEvent: (event: Envelope) => void = () => undefined,
): Promise<number> {
  const events = await journal.erase(id, { kind: 'address', address });
  const event = privacyErasedEvent(`${id}.erased`, Date.now(), source, { what: 'address', erasure: id, events });
  journal.append('system', event);
  onEvent(event);
  await journal.durable();
  return events;
}

function readRequest(text: string): EraseRequest | undefined {
  const { id, address } = (readJson(text) ?? {}) as { id?: unknown; address?: unknown };
  if (typeof id !== 'string' || typeof address !== 'string' || !isAddress(address)) return undefined;
  return { id, address };
}

/** Whether a text may be an address: a shorter one would take words out of sentences. */
export function isAddress(text: string): boolean {
  return text.length <= 320 && /^[^\s@<>]+@[^\s@<>]+$/.test(text);
}
