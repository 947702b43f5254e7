/** Something in the demo went otherwise than it should; the message says what was expected and what came. */
export class Different extends Error {
  constructor(expected: string, found: string) {
    super(`expected ${expected}, but ${found}`);
    this.name = 'Different';
  }
}
