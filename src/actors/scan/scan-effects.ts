import { fromPromise } from 'xstate';
import type { Answered } from '../../events/scan.ts';
import { type AttemptOutcome, messageScanMachine } from '../../machines/message-scan.ts';
import { isConnecting, isConventional, isUsable, serverState } from '../../machines/server-state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journal } from '../ports/journal.ts';
import type { MessageReader, PatternName } from '../ports/scanning.ts';
import { type ActParts, act } from './act.ts';
import { conventionalFindings, gatherFindings, matchAnswers, methodOf } from './findings.ts';
import { type Work, type Works, workOf } from './work.ts';

export interface ScanEffectParts extends ActParts {
  clock: Clock;
  journal: Journal;
  reader: MessageReader;
  works: Works;
}

/** The scan machine with its effects. Made once: each scan finds its work by GUID, so nothing is built for a message. */
export function scanMachineWithEffects(parts: ScanEffectParts) {
  const { works } = parts;
  const of = (guid: string) => workOf(works, guid);
  return messageScanMachine.provide({
    actors: {
      unpack: fromPromise(({ input, signal }) => unpack(parts, of(input), signal)),
      ask: fromPromise(({ input, signal }) => ask(of(input), signal)),
      attempt: fromPromise(({ input, signal }) => attempt(parts.clock, of(input), signal)),
      matchConventional: fromPromise(({ input, signal }) => matchConventional(parts, of(input), signal)),
      persist: fromPromise(() => parts.journal.durable()),
      act: fromPromise(({ input, signal }) => {
        const work = of(input.guid);
        // Given up half-way (time is over, client gone): the next hop must not end up with a message we answer 451 for.
        signal.addEventListener('abort', () => work.transaction.release());
        return act(parts, work, input.verdict, signal);
      }),
    },
  });
}

async function unpack(parts: ScanEffectParts, work: Work, signal: AbortSignal) {
  const { epoch } = work;
  epoch.servers.messageReceived(parts.clock.now(), work.guid);
  work.content = await work.message.load();
  work.components = epoch.components();
  const { settings, servers } = epoch;
  const pattern = () => (methodOf(settings, servers) === 'smart' ? 'agent' : 'conventional');
  let read = await readFor(parts, work, pattern(), signal);
  // The method may have changed meanwhile.
  read = await readFor(parts, work, pattern(), signal);
  const findings = gatherFindings(
    read,
    work.components,
    settings,
    methodOf(settings, servers),
    parts.clock.now(),
    work.policy,
  );
  work.toAsk = findings.toAsk;
  return findings;
}

async function matchConventional(parts: ScanEffectParts, work: Work, signal: AbortSignal) {
  const { files, unscannable } = await readFor(parts, work, 'conventional', signal);
  return conventionalFindings({ files, unscannable }, work.components ?? {});
}

/**
 * The message, matched with the content patterns of one pattern set: contents are gone once they are read, so it is read again when the
 * method has changed to one that has such patterns.
 */
async function readFor({ reader }: ScanEffectParts, work: Work, name: PatternName, signal: AbortSignal) {
  const { content, components = {}, epoch } = work;
  const patterns = components[name]?.contentPatterns ?? [];
  if (work.read && (work.readFor === name || patterns.length === 0)) return work.read;
  const digests = new Set([components.agent, components.conventional].flatMap((set) => set?.digests ?? []));
  const message = content ?? (await work.message.load());
  const { limits, readMs: msMax } = epoch.settings;
  work.read = await reader.read({ message, limits, digests: [...digests], patterns, msMax }, signal);
  work.readFor = name;
  return work.read;
}

async function ask(work: Work, signal: AbortSignal): Promise<Answered> {
  const { answers, servers, patternVersion } = await work.epoch.ask(work.toAsk ?? [], work.guid, signal);
  return { malware: matchAnswers(work.read?.files ?? [], answers), servers, patternVersion };
}

/** Section 5 for one message: starts the attempts that are due, waits for those under way, says where it led. */
async function attempt(clock: Clock, { epoch, guid }: Work, signal: AbortSignal): Promise<AttemptOutcome> {
  const { servers } = epoch;
  servers.messageReceived(clock.now(), guid);
  await servers.until((snapshots) => !snapshots.some(isConnecting), signal);
  const snapshots = servers.snapshots();
  if (isConventional(snapshots)) return 'failed-over';
  // In an epoch that is over nothing has changed since the query failed: asking again would never end.
  if (servers.isRetired()) return 'reachable';
  return snapshots.some((snapshot) => isUsable(snapshot) || serverState(snapshot) === 'Starting')
    ? 'usable'
    : 'reachable';
}
