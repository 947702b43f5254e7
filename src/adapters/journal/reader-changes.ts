import { Waiters } from './waiters.ts';

/** Confirmations and farewells of named readers that go with the next commit. */
export class ReaderChanges {
  readonly byName = new Map<string, number | null>();
  readonly waiters = new Waiters();

  /** A sequence confirms, null forgets. The later word counts, but a position never goes back. */
  set(name: string, sequence: number | null): Promise<void> {
    const earlier = this.byName.get(name);
    const isBehind = typeof earlier === 'number' && sequence !== null && sequence < earlier;
    if (!isBehind) this.byName.set(name, sequence);
    return this.waiters.promise();
  }
}
