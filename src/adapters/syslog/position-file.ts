import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from '../files/durable-file.ts';

/** From a position to its file: what is not there yet is sent again after a crash. */
const saveMs = 1000;

/** The file could be read and is not one of ours, or a torn one. */
export class PositionFileDamaged extends Error {
  constructor(file: string, cause: unknown) {
    super(`${file} is damaged`, { cause });
    this.name = 'PositionFileDamaged';
  }
}

/** How far the receiver has the log, and what is needed to go on from there. */
export interface Position {
  /** Sequence of the last event that was sent. */
  sequence: number;
  /** JSON. */
  state?: unknown;
}

/** Reads it; undefined when there is none. @throws {PositionFileDamaged} and errors of the file system */
export async function readPosition(file: string): Promise<Position | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const position = JSON.parse(text) as Position;
    if (Number.isSafeInteger(position.sequence) && position.sequence >= 0) return position;
    throw new TypeError('no sequence');
  } catch (error) {
    throw new PositionFileDamaged(file, error);
  }
}

/** Writes it, durably; mode 0600: it holds addresses. */
export async function writePosition(file: string, position: Position): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await rm(`${file}.new`, { force: true });
  await replaceFile(file, `${file}.new`, [Buffer.from(JSON.stringify(position))]);
}

/** Positions on their way to the file: the newest, every so often. */
export interface PositionSaver {
  note(position: () => Position): void;
  /** Writes what is still waiting. */
  flush(): Promise<void>;
}

/** @param onFailure told when the file cannot be written; the next position says more than it did */
export function createPositionSaver(file: string, onFailure: (error: unknown) => void): PositionSaver {
  let waiting: (() => Position) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const position = waiting?.();
    waiting = undefined;
    if (position !== undefined) writing = writing.then(() => writePosition(file, position)).catch(onFailure);
    return writing;
  };
  return {
    note(position) {
      waiting = position;
      timer ??= setTimeout(flush, saveMs);
    },
    flush,
  };
}
