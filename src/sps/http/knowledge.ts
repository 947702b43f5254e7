/** What is known of one hash. */
export interface Known {
  /** Lower-case hexadecimal. */
  sha256: string;
  verdict: 'malicious' | 'clean';
  /** Name of the malware. */
  name?: string;
  /** Source of the data. */
  source?: string;
}

/** What the server says of hashes, of one published version. Answers at once: a look-up is a read or two of a cached page. */
export interface Knowledge {
  patternId: string;
  /** Version of the query filter of the same publication. */
  patternVersion: string;
  /** @param sha256 lower-case hexadecimal */
  find(sha256: string): Known | undefined;
  /** All that begin so, or undefined when there are more than `max`. @param prefix eight digits */
  candidates(prefix: string, max: number): readonly Known[] | undefined;
}
