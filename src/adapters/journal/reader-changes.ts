import type { ReaderChange } from './protocol.ts';
import { Waiters } from './waiters.ts';

/** Confirmations and farewells of named readers that go with the next commit, in order. */
export class ReaderChanges {
  readonly list: ReaderChange[] = [];
  readonly waiters = new Waiters();
}
