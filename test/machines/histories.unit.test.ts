import { describe, expect, test } from 'vitest';
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
  getInitialMicrosteps,
  getMicrosteps,
} from 'xstate';
import { eventSchemas } from '../../scripts/event-schemas.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { stateName } from '../../src/machines/recording/names.ts';
import { streamRules } from '../../src/machines/recording/stream-rules.ts';
import { replay, type TransitionData } from '../../src/machines/replay.ts';
import { createSupervisorMachine } from '../../src/machines/supervisor.ts';
import { machines } from '../../src/statecharts/machines.ts';
import { allTransitions } from '../model/harness.ts';
import { eventsOfToday, livesIn, recordedHistories } from '../support/recorded-histories.ts';

/**
 * What released gateways wrote must mean the same to the machines of today. A failure here is no reason to record anew, unless
 * the version is not released yet: docs/decisions/017-event-versions.md says what to do.
 */

const children = Object.fromEntries(Object.values(machines).map((machine) => [machine.id, machine]));
// The supervisor only finds its children's machines when it has them.
const byId = new Map<string, AnyStateMachine>(
  Object.entries({ ...children, supervisor: createSupervisorMachine(children) }),
);

function machineOf({ type }: Envelope): AnyStateMachine {
  const machine = byId.get(type.split('.')[1] ?? '');
  if (machine === undefined) throw new Error(`no machine writes ${type} any more`);
  return machine;
}

/** What the log says of a state, apart from the transition that led there. */
type Told = Record<string, unknown>;

function told(machine: AnyStateMachine, { value, context }: AnyMachineSnapshot): Told {
  const state = stateName(value);
  return JSON.parse(JSON.stringify({ state, ...streamRules[machine.id]?.facts(context, state) }));
}

function recorded({ data }: Envelope<TransitionData>): Told {
  const { from, transition, trigger, input, elapsedMs, fromMs, ...facts } = data;
  return facts;
}

/** Folds a life step by step: what today's machine says after each event that the life has. */
function retold(machine: AnyStateMachine, life: readonly Envelope<TransitionData>[]): Told[] {
  let ahead: AnyMachineSnapshot[] = [];
  let current: AnyMachineSnapshot | undefined;
  return life.map(({ id, data: { input, trigger } }) => {
    if (input !== undefined) {
      ahead = getInitialMicrosteps(machine, input).map(([snapshot]) => snapshot);
      // The first one only enters the initial state, which is no transition.
      current = ahead.shift();
    }
    if (trigger !== undefined && trigger.type !== 'xstate.init') {
      if (ahead.length > 0) throw new Error(`before ${id}, the machine of today takes steps that the log lacks`);
      if (current === undefined) throw new Error(`${id} comes before the first event of its stream`);
      ahead = getMicrosteps(machine, current, trigger as EventObject).map(([snapshot]) => snapshot);
    }
    current = ahead.shift();
    if (current === undefined) throw new Error(`at ${id}, the machine of today takes no step`);
    return told(machine, current);
  });
}

const histories = recordedHistories();
const types = new Set(eventSchemas().map(({ type }) => type));

test('there are histories, and the great stories are among them', () => {
  const recordedTypes = new Set(histories.flatMap(eventsOfToday).map(({ type }) => type));
  expect([...recordedTypes]).toEqual(
    expect.arrayContaining([
      'sekisho.server.cached-invalid.v1',
      'sekisho.server.failed-over.v1',
      'sekisho.server.throttled.v1',
      'sekisho.server.left-out.v1',
      'sekisho.updater.stale.v1',
      'sekisho.scan.conventional.v1',
    ]),
  );
});

describe.each(histories)('$name', (history) => {
  const lives = livesIn(eventsOfToday(history)).map((life) => ({ life, first: life[0] as Envelope }));

  test('each event leads to the state that was recorded, with the facts that were recorded', () => {
    for (const { life, first } of lives) {
      const machine = machineOf(first);
      const today = retold(machine, life);
      // Facts may have come since; none may be gone or different.
      for (const [index, event] of life.entries()) expect(today[index], event.id).toMatchObject(recorded(event));
      const end = replay(machine, life);
      expect(told(machine, end), `end of ${first.subject}`).toEqual(today.at(-1));
    }
  });

  test('each type is one of today, in its newest version', () => {
    expect(eventsOfToday(history).filter(({ type }) => !types.has(type))).toEqual([]);
  });

  test('each transition is still in the pictures', () => {
    for (const { life, first } of lives) {
      const known = allTransitions(machineOf(first));
      expect(life.map(({ data }) => data.transition).filter((id) => !known.includes(id))).toEqual([]);
    }
  });
});
