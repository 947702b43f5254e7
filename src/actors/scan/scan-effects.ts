import { fromPromise } from 'xstate';
import type { Answered, ConventionalFindings, Findings } from '../../events/scan.ts';
import { type AttemptOutcome, messageScanMachine } from '../../machines/message-scan.ts';
import { isAnswerable, isConnecting, isConventional, isRequired } from '../../machines/server-state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journal } from '../ports/journal.ts';
import type { MessageReader, PatternName } from '../ports/scanning.ts';
import { conventionalWithLook, smartWithLook } from '../scan-engine/look.ts';
import type { EngineBeside } from '../scan-engine/scan-engine.ts';
import { type ActParts, act } from './act.ts';
import { conventionalFindings, gatherFindings, matchAnswers, methodOf } from './findings.ts';
import { type Work, type Works, workOf } from './work.ts';

export interface ScanEffectParts extends ActParts {
  clock: Clock;
  journal: Journal;
  reader: MessageReader;
  /** An engine outside; absent: none. */
  engine?: EngineBeside;
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
  const method = () => methodOf(settings, servers);
  let read = await readBy(parts, work, method(), signal);
  // The method may have changed meanwhile.
  read = await readBy(parts, work, method(), signal);
  const findings = gatherFindings(read, work.components, settings, method(), parts.clock.now(), work.policy);
  work.wanted = { inFilter: findings.toAsk, suspicious: findings.toAskServices ?? [] };
  return findings.method === 'smart' ? smartWithLook(findings, work.look) : findings;
}

async function matchConventional(parts: ScanEffectParts, work: Work, signal: AbortSignal) {
  const { files, unscannable } = await readBy(parts, work, 'conventional', signal);
  const found = conventionalFindings({ files, unscannable }, work.components ?? {});
  return conventionalWithLook(await withAnswers(work, found, signal), work.look);
}

/**
 * By failover: a service that is gone must not silence those that still answer. They are asked beside the pattern, and nobody's failure
 * is the message's.
 */
async function withAnswers(
  work: Work,
  found: ConventionalFindings,
  signal: AbortSignal,
): Promise<ConventionalFindings> {
  const { wanted, epoch } = work;
  if (found.notReady !== undefined || !wanted || wanted.suspicious.length === 0) return found;
  const { answers, servers, unanswered } = await epoch.askWhoAnswers(wanted, work.guid, signal);
  const files = (work.read?.files ?? []).filter(({ path }) => !found.malware.some((each) => each.path === path));
  return {
    ...found,
    malware: [...found.malware, ...matchAnswers(files, answers)],
    servers,
    ...(unanswered.length > 0 && { unanswered }),
  };
}

/** The message as the method needs it: read, and looked at by the engine outside, if there is one for the method. */
async function readBy(parts: ScanEffectParts, work: Work, method: Findings['method'], signal: AbortSignal) {
  const name = method === 'smart' ? 'agent' : 'conventional';
  const { engine } = parts;
  if (work.look !== undefined || !engine?.isFor(method)) return readFor(parts, work, name, 0, signal);
  const message = work.content ?? (await work.message.load());
  const read = (bytesMax: number, until: AbortSignal) => readFor(parts, work, name, bytesMax, until);
  const looked = await engine.look(message, work.guid, read, signal);
  work.look = looked.look;
  return looked.read;
}

/**
 * The message, matched with the content patterns of one pattern set: contents are gone once they are read, so it is read again when the
 * method has changed to one that has such patterns, or when contents are asked for.
 */
async function readFor(
  { reader }: ScanEffectParts,
  work: Work,
  name: PatternName,
  contentBytesMax: number,
  signal: AbortSignal,
) {
  const { content, components = {}, epoch } = work;
  const patterns = components[name]?.contentPatterns ?? [];
  const isRead = work.readFor === name || patterns.length === 0;
  if (work.read && isRead && contentBytesMax === 0) return work.read;
  const digests = [components.agent, components.conventional].flatMap((set) => set?.digests ?? []);
  const message = content ?? (await work.message.load());
  const { limits, readMs: msMax } = epoch.settings;
  const request = { message, limits, digests, patterns, msMax, contentBytesMax };
  const { contents, ...read } = await reader.read(request, signal);
  work.read = read;
  work.readFor = name;
  return contents === undefined ? read : { ...read, contents };
}

async function ask(work: Work, signal: AbortSignal): Promise<Answered> {
  const { wanted = { inFilter: [], suspicious: [] }, epoch, guid } = work;
  const { answers, servers, patternVersion, unanswered } = await epoch.ask(wanted, guid, signal);
  const malware = matchAnswers(work.read?.files ?? [], answers);
  return { malware, servers, patternVersion, ...(unanswered.length > 0 && { unanswered }) };
}

/** Section 5 for one message: starts the attempts that are due, waits for those under way, says where it led. */
async function attempt(clock: Clock, { epoch, guid }: Work, signal: AbortSignal): Promise<AttemptOutcome> {
  const { servers } = epoch;
  servers.messageReceived(clock.now(), guid);
  await servers.until((snapshots) => !snapshots.filter(isRequired).some(isConnecting), signal);
  const snapshots = servers.snapshots();
  if (isConventional(snapshots)) return 'failed-over';
  // In an epoch that is over nothing has changed since the query failed: asking again would never end.
  if (servers.isRetired()) return 'reachable';
  return isAnswerable(snapshots) ? 'usable' : 'reachable';
}
