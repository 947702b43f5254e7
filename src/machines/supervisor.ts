import { type AnyActorLogic, assign, enqueueActions, setup } from 'xstate';

/**
 * The root of the long-lived actors. A child that fails is started anew with the input it had, and the log says so;
 * a child that keeps failing is given up, which the log says, too.
 */

/** A child to keep alive. Ids come from settings, never from mail (invariant 7). */
export interface ChildSpec {
  id: string;
  /** Name of the logic among the supervisor's actors. */
  src: string;
  input: unknown;
}

export interface SupervisorContext {
  children: Readonly<Record<string, ChildSpec & { restarts: number }>>;
}

export type SupervisorEvent =
  | { type: 'START_CHILD'; child: ChildSpec }
  | { type: 'STOP_CHILD'; id: string }
  | { type: `xstate.error.actor.${string}`; error: unknown };

/** Restarts of one child before it is given up; counted from its (re)start by the scan service. */
export const restartsMax = 10;

const errorPrefix = 'xstate.error.actor.';

function without(children: SupervisorContext['children'], id: string): SupervisorContext['children'] {
  return Object.fromEntries(Object.entries(children).filter(([key]) => key !== id));
}

/** @param logics the machines that children are made of, by name. */
export function createSupervisorMachine(logics: Record<string, AnyActorLogic>) {
  return setup({
    types: {
      context: {} as SupervisorContext,
      events: {} as SupervisorEvent,
      children: {} as Record<string, string>,
    },
    actors: logics,
    guards: {
      givesUp: ({ context, event }) => {
        const child = context.children[event.type.slice(errorPrefix.length)];
        return child === undefined || child.restarts >= restartsMax;
      },
    },
    actions: {
      startChild: enqueueActions(({ enqueue, event }) => {
        if (event.type !== 'START_CHILD') return;
        const { child } = event;
        enqueue.stopChild(child.id);
        enqueue.spawnChild(child.src, { id: child.id, input: child.input });
        enqueue(
          assign({ children: ({ context }) => ({ ...context.children, [child.id]: { ...child, restarts: 0 } }) }),
        );
      }),
      stopChild: enqueueActions(({ enqueue, event }) => {
        if (event.type !== 'STOP_CHILD') return;
        enqueue.stopChild(event.id);
        enqueue(assign({ children: ({ context }) => without(context.children, event.id) }));
      }),
      restartChild: enqueueActions(({ enqueue, context, event }) => {
        const id = event.type.slice(errorPrefix.length);
        const child = context.children[id];
        if (!child) return;
        enqueue.stopChild(id);
        enqueue.spawnChild(child.src, { id, input: child.input });
        enqueue(assign({ children: { ...context.children, [id]: { ...child, restarts: child.restarts + 1 } } }));
      }),
    },
  }).createMachine({
    id: 'supervisor',
    initial: 'Supervising',
    context: { children: {} },
    on: {
      START_CHILD: { actions: 'startChild' },
      STOP_CHILD: { actions: 'stopChild' },
    },
    states: {
      Supervising: {
        on: { 'xstate.error.actor.*': [{ guard: 'givesUp', target: 'GivenUp' }, { actions: 'restartChild' }] },
      },
      /** A child fails again and again: the process should end, so that whoever supervises it starts it anew. */
      GivenUp: { type: 'final' },
    },
  });
}
