import { writeSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/** What the last line says. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts tests. A file or a `describe` that breaks, and an error outside any test, are failures of their own. */
export function countTests(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): Counts {
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    if (module.errors().length > 0) counts.failed++;
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed++;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // Pending at the end means that something kept it from running.
      counts[state === 'pending' ? 'failed' : state]++;
    }
  }
  return counts;
}

/** Prints `N passed, N failed, N skipped` alone as the last line of all, for machines to read. */
export default class CountReporter implements Reporter {
  #counts: Counts = { passed: 0, failed: 1, skipped: 0 };

  onInit(): void {
    // At exit, because other reporters print after the end of the run.
    process.on('exit', () => {
      const { passed, failed, skipped } = this.#counts;
      writeSync(1, `${passed} passed, ${failed} failed, ${skipped} skipped\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#counts = countTests(modules, unhandledErrors);
  }
}
