import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DayCount } from '../../actors/ports/hash-service.ts';

/**
 * A count in a small file. Written about a hundred times a day, so at once.
 * @param onProblem told when it cannot be written: the count then holds until the process ends
 */
export function dayCountFile(file: string, onProblem: (problem: string, error: unknown) => void): DayCount {
  return {
    read() {
      try {
        const { day, taken } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
        return typeof day === 'string' && Number.isSafeInteger(taken) ? { day, taken: Number(taken) } : undefined;
      } catch {
        return undefined;
      }
    },
    write(count) {
      try {
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        const descriptor = openSync(`${file}.new`, 'w', 0o600);
        writeSync(descriptor, `${JSON.stringify(count)}\n`);
        fsyncSync(descriptor);
        closeSync(descriptor);
        renameSync(`${file}.new`, file);
      } catch (error) {
        onProblem(`the requests of today cannot be noted in ${file}`, error);
      }
    },
  };
}
