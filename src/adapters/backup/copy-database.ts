import { backup, DatabaseSync } from 'node:sqlite';

/** Pages copied at once: often enough that a large file shows progress, some 4 MB each. */
const pagesAtOnce = 1000;

/** The copied database contradicts itself, and so does the one that it was copied from. */
export class DatabaseDamaged extends Error {
  constructor(file: string, problem: string) {
    super(`${file} is damaged: ${problem}`);
    this.name = 'DatabaseDamaged';
  }
}

/**
 * Copies an SQLite database as it is at one moment, while others write it, into one file without a log beside it.
 * @param onProgress told the share that is done, from 0 to 1
 * @throws {DatabaseDamaged}, and what SQLite throws when a file cannot be used
 */
export async function copyDatabase(file: string, copy: string, onProgress: (share: number) => void): Promise<void> {
  const source = new DatabaseSync(file, { readOnly: true });
  try {
    // A read transaction holds the moment: else every commit of another process would make the backup begin anew.
    source.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
    await backup(source, copy, {
      rate: pagesAtOnce,
      progress: ({ totalPages, remainingPages }) => onProgress(1 - remainingPages / totalPages),
    });
  } finally {
    source.close();
  }
  checkDatabase(copy, file);
}

function checkDatabase(copy: string, original: string): void {
  const db = new DatabaseSync(copy);
  try {
    db.exec('PRAGMA journal_mode = DELETE');
    const [problem] = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {});
    if (problem !== 'ok') throw new DatabaseDamaged(original, String(problem));
  } finally {
    db.close();
  }
}
