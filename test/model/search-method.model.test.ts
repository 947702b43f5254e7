import { describe, expect, test } from 'vitest';
import type { EventObject } from 'xstate';
import {
  type SearchMethodContext,
  type SearchMethodInput,
  searchMethodMachine,
} from '../../src/machines/search-method.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';

const [a, b] = ['a:443', 'b:443'];
/** Reputation services: only required ones are told of at the start. */
const [needed, other, advisory] = ['needed', 'other', 'advisory'];
const inputs = {
  'one server': { servers: [a] },
  'two servers': { servers: [a, b] },
  'two, of which one was failed over': { servers: [a, b], failedOver: [a] },
  'a restart in an outage': { servers: [a, b], failedOver: [a, b], wasConventional: true },
  'the last of an outage was taken out of the list': { servers: [a], failedOver: [a] },
  'a list without servers': { servers: [] },
  'a required and an advisory service': { servers: [a], services: [needed] },
  'two servers and a required service': { servers: [a, b], services: [needed] },
  'two required services': { servers: [a], services: [needed, other] },
  'a restart while a required service is failed over': { servers: [a], services: [needed], failedOver: [needed] },
  'conventional by setting': { servers: [a, b], setting: 'conventional' },
} as const satisfies Record<string, Partial<SearchMethodInput>>;

const about = (type: string, servers: readonly string[]) =>
  servers.map((server): EventObject & { server: string } => ({ type, server }));

/** Advisory ones speak like all others. */
const all = ({ servers, services = [] }: SearchMethodInput) => [
  ...servers,
  ...services,
  ...(services.length > 0 ? [advisory] : []),
];

function modelOf(given: Partial<SearchMethodInput> & Pick<SearchMethodInput, 'servers'>) {
  const input: SearchMethodInput = { epoch: 3, setting: 'smart', failedOver: [], wasConventional: false, ...given };
  const model = createModel(searchMethodMachine, {
    input,
    cases: {
      SERVER_FAILED_OVER: about('SERVER_FAILED_OVER', all(input)),
      SERVER_RECOVERED: about('SERVER_RECOVERED', all(input)),
      SERVER_LEFT_OUT: about('SERVER_LEFT_OUT', input.servers),
    },
    situation: ({ context }) => [(context as SearchMethodContext).failedOver, (context as SearchMethodContext).leftOut],
  });
  return { input, model };
}

/**
 * D16, written from the text: where each server stands decides, and each switch is told, once. A message needs an answer of one of the list
 * and of each required service; an advisory one changes nothing, wherever it stands.
 */
function demands({ servers, services = [], failedOver, setting, wasConventional }: SearchMethodInput): () => Watch {
  return () => {
    const standing = new Map<string, string>(
      [...servers, ...services].map((server) => [
        server,
        failedOver.includes(server) ? 'SERVER_FAILED_OVER' : 'SERVER_RECOVERED',
      ]),
    );
    const switchesIn = (subject: Parameters<NonNullable<Watch['after']>>[0]) =>
      subject.log().filter(({ type }) => type === 'sekisho.method.conventional.v1');
    const expected = () => {
      const isGone = (name: string) => standing.get(name) === 'SERVER_FAILED_OVER';
      const asked = servers.filter((name) => standing.get(name) !== 'SERVER_LEFT_OUT');
      if (setting === 'conventional') return 'ConventionalBySetting';
      const listIsGone = asked.length > 0 && asked.every(isGone);
      return listIsGone || services.some(isGone) ? 'Conventional' : 'Smart';
    };
    let alarms = expected() === 'Conventional' && !wasConventional ? 1 : 0;
    let before = expected();
    return {
      after(subject, event) {
        const { type, server } = event as unknown as { type: string; server: string };
        // One that is failed over is not asked, so it cannot be found to serve another pattern.
        const isOdd = type === 'SERVER_LEFT_OUT' && standing.get(server) === 'SERVER_FAILED_OVER';
        if (server !== advisory && !(isOdd && before === 'Conventional')) standing.set(server, type);
        if (expected() === 'Conventional' && before !== 'Conventional') alarms += 1;
        before = expected();
        expect(subject.snapshot().value).toBe(expected());
        expect(switchesIn(subject).filter(({ severitytext }) => severitytext === 'ERROR')).toHaveLength(alarms);
        expect(subject.log().at(-1)).toMatchObject({
          subject: 'method',
          data: { epoch: 3, method: expected() === 'Smart' ? 'smart' : 'conventional' },
        });
      },
    };
  };
}

describe('search method', () => {
  const taken = new Set<string>();
  test.each(Object.entries(inputs))('%s: every situation and every event in it', async (_, given) => {
    const { input, model } = modelOf(given);
    // With more, there are too many simple ones to walk; every event in every situation is among the others.
    const isSmall = all(input).length <= 3;
    for (const paths of [edgePaths(model), ...(isSmall ? [simplePaths(model)] : [])]) {
      const { transitions } = await walkPaths(model, paths, demands(input));
      for (const transition of transitions) taken.add(transition);
    }
  });

  test('all transitions were taken', () => {
    expect([...taken].sort()).toEqual(allTransitions(searchMethodMachine));
  });
});
