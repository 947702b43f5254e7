import { type Profiler, Session } from 'node:inspector';

/** Stays for the life of the thread: V8 counts blocks only in functions that it compiles while somebody listens. */
let session: Session | undefined;

/** What has run since it was last asked. */
function takeCounts(): readonly Profiler.ScriptCoverage[] {
  if (session === undefined) {
    session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }
  let taken: readonly Profiler.ScriptCoverage[] = [];
  // It answers at once.
  session.post('Profiler.takePreciseCoverage', (error, { result }) => {
    if (error) throw error;
    taken = result;
  });
  return taken;
}

/** Which code of some files has run, by V8's count of blocks. At most one is asked at a time in a thread. */
export class Coverage {
  readonly #folder: string;
  readonly #counts: boolean;
  /** By function, which of its characters have run. */
  readonly #covered = new Map<string, Uint8Array>();
  /** By function, which blocks have run how often. */
  readonly #often = new Map<string, Set<number>>();

  /**
   * @param folder what the path of a file must contain to be looked at, e.g. `/src/adapters/`
   * @param counts whether running once, a few times and many times are different things
   */
  constructor(folder: string, counts = true) {
    this.#folder = folder;
    this.#counts = counts;
    takeCounts();
  }

  /** How much has run since it was last asked that had never run before. */
  takeNew(): number {
    let fresh = 0;
    for (const { url, functions } of takeCounts()) {
      if (!url.includes(this.#folder)) continue;
      for (const { ranges } of functions) {
        const [whole] = ranges;
        if (whole === undefined || whole.count === 0) continue;
        const key = `${url}:${whole.startOffset}:${whole.endOffset}`;
        fresh += this.#cover(key, whole, ranges);
        if (this.#counts) fresh += this.#count(key, ranges);
      }
    }
    return fresh;
  }

  /** V8 leaves out a block that ran as often as what is around it, so what did not run has to be told from the rest. */
  #cover(key: string, whole: Profiler.CoverageRange, ranges: readonly Profiler.CoverageRange[]): number {
    const now = new Uint8Array(whole.endOffset - whole.startOffset);
    for (const { startOffset, endOffset, count } of ranges)
      now.fill(count > 0 ? 1 : 0, startOffset - whole.startOffset, endOffset - whole.startOffset);
    const covered = this.#covered.get(key) ?? new Uint8Array(now.length);
    this.#covered.set(key, covered);
    let fresh = 0;
    for (let at = 0; at < now.length; at += 1) {
      if (now[at] === 0 || covered[at] === 1) continue;
      covered[at] = 1;
      fresh += 1;
    }
    return fresh;
  }

  #count(key: string, ranges: readonly Profiler.CoverageRange[]): number {
    const often = this.#often.get(key) ?? new Set();
    this.#often.set(key, often);
    const before = often.size;
    for (const range of ranges) if (range.count > 0) often.add(oftenOf(range));
    return often.size - before;
  }
}

/** A block, and whether it ran once, a few times, or many times. Files are shorter than 2^20 characters. */
function oftenOf({ startOffset, endOffset, count }: Profiler.CoverageRange): number {
  const often = count < 3 ? count : Math.min(7, 3 + Math.floor(Math.log2(count) / 2));
  return (startOffset * 2 ** 20 + endOffset) * 8 + often;
}
