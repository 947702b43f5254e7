import type { EncodedRun } from './encoded-runs.ts';

const GAP_BYTES_MAX = 160;
/** Of what follows the last long piece: the gap, and digits fewer than a stretch begins with. */
const LAST_BYTES_MAX = 320;

interface Chain {
  runs: EncodedRun[];
  /** What parts each piece from the next, whatever numbers are in it; undefined while there is one piece. */
  gap: RegExp | undefined;
}

/**
 * Joins pieces of digits that are parted by the same text each time, whatever it is: `>>a.txt\r\necho `,
 * `</td></tr>\n<tr><td>`, `");\na.push("`, `";\nvar p2 = "`. What is in between is not understood, only compared.
 */
export class RegularPieces {
  readonly #bytes: Buffer;
  #chain: Chain = { runs: [], gap: undefined };

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Takes the next stretch, in order; gives the digits of those before it, when they end. */
  add(run: EncodedRun): Buffer | undefined {
    const last = this.#chain.runs.at(-1);
    const gap = last === undefined ? undefined : this.#between(last, run);
    if (gap !== undefined && this.#chain.gap?.test(gap)) {
      this.#chain.runs.push(run);
      return undefined;
    }
    const done = this.end();
    // The one before may have been the first of others.
    this.#chain =
      last && gap !== undefined ? { runs: [last, run], gap: patternOf(gap) } : { runs: [run], gap: undefined };
    return done;
  }

  /** The digits of the last ones; undefined when there is nothing to join. */
  end(): Buffer | undefined {
    const { runs, gap } = this.#chain;
    const last = runs.at(-1);
    this.#chain = { runs: [], gap: undefined };
    if (gap === undefined || last === undefined) return undefined;
    const after = this.#bytes.toString('latin1', last.end, last.end + LAST_BYTES_MAX);
    const rest = new RegExp(`${gap.source.slice(0, -1)}([A-Za-z0-9+/]+)`).exec(after)?.[1] ?? '';
    return Buffer.concat([...runs.flatMap(({ pieces }) => pieces), Buffer.from(rest, 'latin1')]);
  }

  #between(last: EncodedRun, next: EncodedRun): string | undefined {
    if (next.start - last.end > GAP_BYTES_MAX) return undefined;
    return this.#bytes.toString('latin1', last.end, next.start);
  }
}

function patternOf(gap: string): RegExp {
  const literal = gap.replace(/[$()*+.?[\\\]^{|}/]/g, '\\$&').replace(/\d+/g, '\\d+');
  return new RegExp(`^${literal}$`);
}
