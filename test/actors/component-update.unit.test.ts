import { expect, test } from 'vitest';
import { createComponentUpdate } from '../../src/actors/component-update.ts';
import type { ComponentDownload } from '../../src/actors/ports/components.ts';
import { atRest } from '../support/at-rest.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { download, StubComponents, setFilter } from '../support/stub-components.ts';

/** Updates whose sources answer when the test says so; each then takes its turn and says what was at hand by then. */
function updates() {
  const components = new StubComponents({ filter: setFilter(new Set()) });
  const update = createComponentUpdate({ components, clock: new SteppedClock() });
  const said: string[] = [];
  return {
    components,
    said,
    from(name: string, signal = new AbortController().signal) {
      const answer = Promise.withResolvers<ComponentDownload | 'unchanged'>();
      const whole = Promise.withResolvers<void>();
      void update(
        'filter',
        async (_atHand, turn) => {
          said.push(`${name} asked`);
          const found = await answer.promise;
          const { versions } = await turn();
          said.push(`${name} writes beside ${versions.join()}`);
          await whole.promise;
          return found;
        },
        signal,
      ).then(
        (outcome) => said.push(`${name} ${outcome}`),
        ({ kind, message }) => said.push(`${name} ${kind ?? message}`),
      );
      return { answer, whole };
    },
  };
}

test('a source that hangs holds up no other; only one at a time writes files, and sees what the one before has brought', async () => {
  const { from, said, components } = updates();
  from('hanging');
  const [first, second] = [from('first'), from('second')];
  first.answer.resolve(download('filter', '2'));
  second.answer.resolve(download('filter', '3'));
  await atRest();
  expect(said.splice(0)).toEqual(['hanging asked', 'first asked', 'second asked', 'first writes beside 1']);
  first.whole.resolve();
  await atRest();
  expect(said.splice(0)).toEqual(['first installed', 'second writes beside 2']);
  second.whole.resolve();
  await atRest();
  expect([said, components.installed]).toEqual([['second installed'], ['filter 2', 'filter 3']]);
});

test('a turn ends with what fails, and one that came too late is not taken', async () => {
  const { from, said } = updates();
  const abort = new AbortController();
  const [first, late, next] = [from('first'), from('late', abort.signal), from('next')];
  for (const each of [first, late, next]) each.answer.resolve('unchanged');
  await atRest();
  abort.abort();
  first.whole.reject(new Error('disk'));
  next.whole.resolve();
  await atRest();
  expect(said.slice(3)).toEqual([
    'first writes beside 1',
    'first disk',
    'late timeout',
    'next writes beside 1',
    'next unchanged',
  ]);
});
