/** What came of one condition of a rule. */
export interface Check {
  /** The key of the condition in `[policy.NAME]`. */
  key: string;
  holds: boolean;
  /** What was looked at: it may have come with the mail, so escape it where it is shown. */
  saw: string;
}

export function check(key: string, holds: boolean, saw: string): Check {
  return { key, holds, saw };
}
