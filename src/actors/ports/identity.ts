/** Names and digests: given from outside, so that tests can foresee them. */
export interface Identity {
  /** A GUID in upper case: the scan id of logs and events. */
  guid(): string;
  /** Lower-case hexadecimal SHA-256. */
  sha256(content: Uint8Array): string;
  /** A number in [0, 1), for the random order of servers. */
  random(): number;
}
