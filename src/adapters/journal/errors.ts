/** Why a journal cannot be opened. Each message says what to do; nothing is ever deleted. */

/** Another process (or this one) already writes here. */
export class JournalLocked extends Error {
  constructor(folder: string) {
    super(`another process writes the journal in ${folder}: stop it, or give this one a state folder of its own`);
    this.name = 'JournalLocked';
  }
}

/** There is nothing to read. */
export class JournalMissing extends Error {
  constructor(folder: string) {
    super(`there is no journal in ${folder}: has a gateway run with this state folder?`);
    this.name = 'JournalMissing';
  }
}

/** The folder cannot be made, read or written. */
export class JournalFolderUnusable extends Error {
  constructor(folder: string, cause: unknown) {
    super(`the journal folder ${folder} cannot be used: ${reason(cause)}`, { cause });
    this.name = 'JournalFolderUnusable';
  }
}

/** The file is no journal or its content contradicts itself. */
export class JournalDamaged extends Error {
  constructor(file: string, cause: unknown) {
    super(
      `the journal ${file} is damaged (${reason(cause)}). Nothing was deleted. ` +
        `To begin with an empty journal, stop all readers and move ${file} with its -wal and -shm files to another folder`,
      { cause },
    );
    this.name = 'JournalDamaged';
  }
}

/** A newer program wrote this file. */
export class JournalNewer extends Error {
  constructor(file: string, found: number, known: number) {
    super(`the journal ${file} has schema ${found}, this program knows up to ${known}: use the newer program`);
    this.name = 'JournalNewer';
  }
}

/** What an unknown thrown value says. */
export function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
