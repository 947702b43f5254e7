/** The settings cannot be used. Each problem is one line that says where, what, and what would be right. */
export class SettingsError extends Error {
  readonly problems: readonly string[];
  /** `[state] folder`, where that can be read all the same: whoever only looks for the gateway needs no more. */
  readonly stateFolder: string | undefined;
  constructor(problems: readonly string[], stateFolder?: string) {
    super(problems.join('\n'));
    this.name = 'SettingsError';
    this.problems = problems;
    this.stateFolder = stateFolder;
  }
}
