/** One promise for all who wait for the same thing; nothing is made while nobody waits. */
export class Waiters {
  #shared: PromiseWithResolvers<void> | undefined;

  get isAwaited(): boolean {
    return this.#shared !== undefined;
  }

  promise(): Promise<void> {
    this.#shared ??= Promise.withResolvers();
    return this.#shared.promise;
  }

  resolve(): void {
    this.#shared?.resolve();
    this.#shared = undefined;
  }

  reject(error: Error): void {
    this.#shared?.reject(error);
    this.#shared = undefined;
  }
}
