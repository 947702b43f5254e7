import { describe, expect, test } from 'vitest';
import { type Place, Places } from '../../../src/adapters/message-reader/places.ts';

const never = new AbortController().signal;

/** The place, if there is one at once. */
async function now(place: Promise<Place>): Promise<Place | undefined> {
  const taken = place.then((found) => found);
  taken.catch(() => undefined);
  return Promise.race([taken, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
}

async function large(places: Places): Promise<Place> {
  const place = await now(places.take('large', never));
  if (place === undefined) throw new Error('no place');
  return place;
}

describe('large messages', () => {
  test('so many at one time; the next gets the place that is left, and in order', async () => {
    const places = new Places(2);
    const [first] = [await large(places), await large(places)];
    const waiting = [places.take('large', never), places.take('large', never)];
    expect(await now(waiting[0] as Promise<Place>)).toBeUndefined();
    first.leave();
    first.leave();
    expect(await now(waiting[0] as Promise<Place>)).toBeDefined();
    expect(await now(waiting[1] as Promise<Place>)).toBeUndefined();
  });

  test('make way only when somebody waits', async () => {
    const places = new Places(1);
    const slow = await large(places);
    expect(slow.makeWay()).toBe(true);
    const waiting = places.take('large', never);
    expect(await now(waiting)).toBeUndefined();
    expect(slow.makeWay()).toBe(true);
    expect(await now(waiting)).toBeDefined();
  });

  test('have to leave when all slow places are taken, and begin again when one is free', async () => {
    const places = new Places(1);
    const [first, second] = [await large(places), places.take('large', never)];
    first.makeWay();
    const late = await second;
    const third = places.take('large', never);
    expect(late.makeWay()).toBe(false);
    late.leave();
    expect(await now(third)).toBeDefined();
    const again = places.takeSlow(never);
    expect(await now(again)).toBeUndefined();
    first.leave();
    expect((await now(again))?.makeWay()).toBe(true);
  });
});

test('a small message has a place when large ones have all others, and takes one of those when its own is taken', async () => {
  const places = new Places(1);
  const [small, second] = [await now(places.take('small', never)), await now(places.take('small', never))];
  expect([small, second].every((place) => place !== undefined)).toBe(true);
  const largeOne = places.take('large', never);
  const third = places.take('small', never);
  expect(await now(largeOne)).toBeUndefined();
  small?.leave();
  expect(await now(third)).toBeDefined();
});

test('places in use have different numbers, all below the count', async () => {
  const places = new Places(3);
  const taken = [await now(places.take('small', never)), await large(places), await large(places), await large(places)];
  taken.push(await now(places.takeSlow(never)), await now(places.takeSlow(never)));
  const indexes = taken.map((place) => place?.index ?? -1);
  expect(indexes.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(places.count).toBe(6);
});

test('who gives up in line is passed over', async () => {
  const places = new Places(1);
  const first = await large(places);
  const gone = new AbortController();
  const [givenUp, last] = [places.take('large', gone.signal), places.take('large', never)];
  gone.abort(new Error('gone'));
  await expect(givenUp).rejects.toThrow('gone');
  await expect(places.take('large', gone.signal)).rejects.toThrow('gone');
  first.leave();
  expect(await now(last)).toBeDefined();
});
