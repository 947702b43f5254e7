/** There is no such entry, more than one, it cannot be read, or somebody is at it; the message says which, for a person. */
export class QuarantineProblem extends Error {
  readonly kind: 'unknown' | 'ambiguous' | 'damaged' | 'busy';
  constructor(kind: QuarantineProblem['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QuarantineProblem';
    this.kind = kind;
  }
}
