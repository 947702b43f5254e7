import { Coverage } from './coverage.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';

/** Something that reads bytes, and what it promises. */
export interface Target {
  name: string;
  /** Sound inputs to begin with. */
  seeds(): readonly Buffer[];
  /** Words of the format, e.g. its magic numbers. */
  words: readonly Buffer[];
  /** Reads the input; throws where a promise is broken. */
  check(input: Buffer): Promise<void>;
}

export interface SearchOptions {
  /** Inputs known to be worth something, besides the seeds. */
  corpus: readonly Buffer[];
  /** The same seed makes the same changes; what V8 counts may differ a little. */
  seed: number;
  /** What the path of the files must contain whose coverage counts. */
  folder: string;
  /** Whether code that runs once, a few times and many times is different code; true. */
  counts?: boolean;
  /** Asked before each run that changes something. */
  goesOn(runs: number): boolean;
  /** Told before each run. */
  onRun?: ((input: Buffer) => void) | undefined;
}

export interface Finding {
  input: Buffer;
  /** What is broken. */
  problem: string;
}

export interface SearchResult {
  runs: number;
  /** What reached new code, in the order found; begins with what the corpus had of it. */
  kept: readonly Buffer[];
  /** Each problem once. */
  findings: readonly Finding[];
}

/** Runs the corpus, then changes of what reached new code. */
export async function search(target: Target, options: SearchOptions): Promise<SearchResult> {
  const random = new Random(options.seed);
  const coverage = new Coverage(options.folder, options.counts);
  const kept: Buffer[] = [];
  const findings = new Map<string, Finding>();
  let runs = 0;
  const run = async (input: Buffer) => {
    runs += 1;
    options.onRun?.(input);
    try {
      await target.check(Buffer.from(input));
    } catch (error) {
      const problem = problemOf(error);
      if (!findings.has(problem)) findings.set(problem, { input, problem });
    }
    if (coverage.takeNew() > 0) kept.push(input);
  };
  const seeds = target.seeds();
  for (const input of [...seeds, ...options.corpus]) await run(input);
  while (options.goesOn(runs)) {
    const inputs = kept.length > 0 ? kept : seeds;
    // What was found last is the least explored.
    const recent = random.below(2) === 0 ? Math.max(0, inputs.length - 20) : 0;
    const input = random.pick(inputs.slice(recent));
    await run(mutate(input, random, { words: target.words, other: random.pick(inputs) }));
  }
  return { runs, kept, findings: [...findings.values()] };
}

/** The message and where it was thrown, without what differs from input to input. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const where = error.stack?.split('\n').find((line) => /\/(?:src|test)\//.test(line)) ?? '';
  return `${error.name}: ${error.message.replace(/\d+/g, 'N')} ${where.trim()}`;
}

/** Of inputs, those that reach code which no smaller one does; without the seeds, which need not be kept. */
export async function needed(
  target: Target,
  inputs: readonly Buffer[],
  options: Pick<SearchOptions, 'folder' | 'onRun'>,
): Promise<readonly Buffer[]> {
  const corpus = [...inputs].sort((a, b) => a.length - b.length);
  const { kept } = await search(target, { ...options, corpus, seed: 0, counts: false, goesOn: () => false });
  const seeds = target.seeds();
  return kept.filter((input) => !seeds.some((seed) => seed.equals(input)));
}
