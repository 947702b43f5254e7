/** Names and chance: given from outside, so that tests can foresee them. */
export interface Identity {
  /** A GUID in upper case: the scan id of logs and events. */
  guid(): string;
  /** A number in [0, 1), for the random order of servers. */
  random(): number;
}
