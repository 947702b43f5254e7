import type { ActorRefLike, AnyMachineSnapshot, EventObject, InspectionEvent } from 'xstate';
import type { Envelope, Lane } from '../../events/envelope.ts';
import { eventType, stateName, type TransitionLike, transitionId } from '../../machines/recording/names.ts';
import type { StreamRule } from '../../machines/recording/stream-rule.ts';
import { streamRules } from '../../machines/recording/stream-rules.ts';
import { recordedTrigger } from '../../machines/recording/trigger.ts';
import type { TransitionData } from '../../machines/replay.ts';

/** A transition as xstate 5.33.3 tells it; `_transitions` is not public, so only this file knows it. */
interface TakenTransition extends TransitionLike {
  target?: readonly unknown[] | undefined;
}
interface Microstep {
  type: '@xstate.microstep';
  actorRef: ActorRefLike;
  event: EventObject;
  snapshot: AnyMachineSnapshot;
  _transitions: readonly TakenTransition[];
}

interface Stream {
  machine: string;
  rule: StreamRule<unknown>;
  version: number;
  state: string;
  lastId: string | undefined;
  lastEvent: EventObject | undefined;
  /** When it began and when `state` was entered; undefined for streams that are not timed. */
  beganMs: number | undefined;
  enteredMs: number | undefined;
}

export interface RecorderOptions {
  /** CloudEvents source, e.g. `/sekisho/gateway/mx1`. */
  source: string;
  /** First part of every event id; unique for ever. */
  idPrefix: string;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Milliseconds of a clock that nobody sets, for how long things took; default that of the process. */
  steadyMs?: () => number;
  /** Takes each event; must not throw and must not wait. */
  record: (lane: Lane, event: Envelope<TransitionData>) => void;
  /** An event that could not be made: a defect of ours, told, never thrown into an actor. */
  onProblem: (error: unknown) => void;
}

let textMs = Number.NaN;
let text = '';

/** RFC 3339; events of one millisecond share the text. */
function timeText(nowMs: number): string {
  if (nowMs !== textMs) {
    textMs = nowMs;
    text = new Date(nowMs).toISOString();
  }
  return text;
}

function isTimed(actorRef: ActorRefLike): boolean {
  const id = (actorRef as { logic?: { id?: unknown } }).logic?.id;
  return typeof id === 'string' && streamRules[id]?.isTimed === true;
}

/** How long it took so far, and how long it was in the state that it leaves. */
function note(data: TransitionData, stream: Stream, nowMs: number): void {
  data.elapsedMs = Math.round(nowMs - (stream.beganMs ?? nowMs));
  data.fromMs = Math.round(nowMs - (stream.enteredMs ?? nowMs));
  stream.enteredMs = nowMs;
}

/** A scan that was given up half-way never says so: the oldest of so many is forgotten. */
const causesMax = 10_000;

/** Last event of each scan in progress, so that a server's event can name its cause. */
function createCauses() {
  const last = new Map<string, string>();
  return {
    get: (scan: string) => last.get(scan),
    note(scan: string, id: string, inProgress: boolean) {
      if (!inProgress) last.delete(scan);
      else last.set(scan, id);
      if (last.size > causesMax) last.delete(last.keys().next().value ?? '');
    },
  };
}

interface Names {
  type: string;
  transition: string;
  dataschema: string;
}
const names = new WeakMap<TakenTransition, Names>();

/** A transition always enters the same state, so its names are made once. */
function namesOf(taken: TakenTransition, machine: string, state: string, event: string): Names {
  const known = names.get(taken);
  if (known) return known;
  const type = eventType(machine, state, event, (taken.target?.length ?? 0) > 0);
  const made = { type, transition: transitionId(taken), dataschema: `urn:sekisho:schema:${type}` };
  names.set(taken, made);
  return made;
}

/**
 * Turns every transition of every machine into an event: the single tap of the actor system.
 * Given as `inspect` to each root actor; it sees their children, too.
 */
export function createTransitionRecorder(options: RecorderOptions): (inspection: InspectionEvent) => void {
  const streams = new WeakMap<ActorRefLike, Stream>();
  const causes = createCauses();
  const steadyMs = options.steadyMs ?? (() => performance.now());
  /** When each actor of a timed stream began. */
  const beginnings = new WeakMap<ActorRefLike, number>();
  let counter = 0;

  function streamOf(step: Microstep): Stream | undefined {
    const known = streams.get(step.actorRef);
    if (known) return known;
    const { machine } = step.snapshot;
    const rule = streamRules[machine.id];
    if (!rule) return undefined;
    const initial = machine.root.initial.target[0]?.key ?? '';
    const beganMs = beginnings.get(step.actorRef);
    const names = { machine: machine.id, rule, version: 0, state: initial };
    const stream = { ...names, lastId: undefined, lastEvent: undefined, beganMs, enteredMs: beganMs };
    streams.set(step.actorRef, stream);
    return stream;
  }

  function envelope(step: Microstep, stream: Stream, taken: TakenTransition): Envelope<TransitionData> {
    const { rule, machine } = stream;
    const { context } = step.snapshot;
    const state = stateName(step.snapshot.value);
    const from = stream.state;
    const correlation = rule.correlation?.(context) ?? (step.event as { scan?: unknown }).scan;
    const cause = typeof correlation === 'string' ? causes.get(correlation) : undefined;
    const { type, transition, dataschema } = namesOf(taken, machine, state, step.event.type);
    const id = `${options.idPrefix}.${(++counter).toString(36)}`;
    const first = stream.version === 0;
    const followUp = !first && stream.lastEvent === step.event && taken.eventType === '';
    const data: TransitionData = { from, state, transition };
    if (!followUp) data.trigger = recordedTrigger(step.event) as TransitionData['trigger'] & object;
    if (first) data.input = rule.input(context);
    Object.assign(data, rule.facts(context, state));
    if (stream.beganMs !== undefined) note(data, stream, steadyMs());
    // Assigned one by one: this runs for every transition, and spreading costs several times as much.
    const event: Envelope<TransitionData> = {
      specversion: '1.0',
      id,
      source: options.source,
      type,
      time: timeText(options.now()),
      subject: rule.subject(context),
      datacontenttype: 'application/json',
      dataschema,
      streamversion: ++stream.version,
      severitytext: rule.severity(context, state, from, step.event.type),
      data,
    };
    const causation = cause ?? stream.lastId;
    if (typeof correlation === 'string') event.correlationid = correlation;
    if (causation !== undefined) event.causationid = causation;
    stream.state = state;
    stream.lastId = id;
    stream.lastEvent = step.event;
    if (rule.correlation) causes.note(rule.correlation(context), id, step.snapshot.status === 'active');
    return event;
  }

  return (inspection) => {
    if (inspection.type === '@xstate.actor' && isTimed(inspection.actorRef))
      beginnings.set(inspection.actorRef, steadyMs());
    if (inspection.type !== '@xstate.microstep') return;
    const step = inspection as unknown as Microstep;
    if (step._transitions.length === 0) return;
    try {
      const stream = streamOf(step);
      const taken = step._transitions[0];
      if (stream && taken) options.record(stream.rule.lane, envelope(step, stream, taken));
    } catch (error) {
      options.onProblem(error);
    }
  };
}
