import type { Projection } from '../projections/projection.ts';
import { type Progress, rebuildView } from '../projections/runtime/read-into-view.ts';
import { onceMoreIfDamaged } from '../wiring/open-view.ts';
import { openProjectionSource, openStore, type ProjectionSettings } from '../wiring/projection-source.ts';
import { keepMsOf } from '../wiring/remembered.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

/** How often the progress is shown. */
const showMs = 500;

/** Builds one view anew; Ctrl-C leaves the old one as it is. */
export async function rebuild(
  settings: ProjectionSettings,
  projection: Projection,
  output: NodeJS.WritableStream & { isTTY?: boolean },
): Promise<void> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { source, deadLetters, close } = await openProjectionSource(settings);
  const tell = (line: string) => void output.write(`${projection.name}: ${line}\n`);
  const store = await onceMoreIfDamaged(tell, async () => openStore(settings, projection, (problem) => tell(problem)));
  try {
    const display = new Display(projection.name, await source.heads(projection.lanes), output);
    const keepMs = keepMsOf(settings, projection);
    const parts = { projection, store, source, now: Date.now, keepMs, ...(deadLetters && { deadLetters }) };
    await rebuildView(
      parts,
      { signal: abort.signal },
      {
        onProgress: (progress) => display.passed(progress),
        onParked: (parked) => display.say(`${parked.length} events cannot be folded and are parked`),
        onLost: (stream, { from, to }) => display.say(`events ${from} to ${to} of ${stream} were deleted meanwhile`),
      },
    );
    if (abort.signal.aborted)
      throw new CommandFailure(exitCodes.tempFail, `${projection.name}: stopped, the old view stays`);
    display.finished();
  } finally {
    store.close();
    await close();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** `system-events: 42 %, 180000 of 430000, 95000/s`: one line that is written over on a terminal, else a line now and then. */
class Display {
  readonly #name: string;
  readonly #output: NodeJS.WritableStream & { isTTY?: boolean };
  readonly #heads: Map<string, number>;
  readonly #passed = new Map<string, number>();
  readonly #beginMs = performance.now();
  #shownMs = performance.now();
  #places = 0;

  constructor(name: string, heads: ReadonlyMap<string, number>, output: NodeJS.WritableStream & { isTTY?: boolean }) {
    this.#name = name;
    this.#output = output;
    this.#heads = new Map(heads);
  }

  passed({ stream, upTo, head }: Progress): void {
    // The log before its oldest event is no work.
    this.#places += upTo - (this.#passed.get(stream) ?? upTo);
    this.#passed.set(stream, upTo);
    this.#heads.set(stream, head);
    if (performance.now() - this.#shownMs < showMs) return;
    this.#shownMs = performance.now();
    this.#write(this.#line(), this.#output.isTTY === true);
  }

  say(text: string): void {
    this.#write(`${this.#name}: ${text}`, false);
  }

  finished(): void {
    const seconds = (performance.now() - this.#beginMs) / 1000;
    this.#write(`${this.#name}: rebuilt in ${seconds.toFixed(1)} s`, false);
  }

  #line(): string {
    const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + Math.max(0, value), 0);
    const [done, all] = [sum(this.#passed.values()), sum(this.#heads.values())];
    const rate = this.#places / ((performance.now() - this.#beginMs) / 1000);
    return `${this.#name}: ${all === 0 ? 100 : Math.floor((done / all) * 100)} %, ${done} of ${all}, ${Math.round(rate)}/s`;
  }

  #write(line: string, isOverwritten: boolean): void {
    const isTerminal = this.#output.isTTY === true;
    this.#output.write(`${isTerminal ? '\r\u001b[K' : ''}${line}${isOverwritten ? '' : '\n'}`);
  }
}
