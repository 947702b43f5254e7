import { isMainThread } from 'node:worker_threads';
import type { Scanner } from '@virustotal/yara-x';
import { type ContentEngine, NotMatched } from '../../actors/ports/scanning.ts';
import { compileRules, type RuleFile } from './compile.ts';

/** `ContentPattern.engine`. */
export const YARA_ENGINE = 'yara';

/** Matches that are kept for each pattern of a rule: `#a > 1000` can be true, and a megabyte of `a` does no harm. */
const MATCHES_MAX = 10_000;

/** What goes to where messages are read. */
export interface YaraData {
  files: readonly RuleFile[];
  /** A larger content is unscannable: it is copied into the memory of WebAssembly. */
  fileBytesMax: number;
}

/** As much as we read of what YARA-X answers. */
interface ScanResult {
  valid: boolean;
  errors?: readonly string[];
  matches: readonly { identifier: string; isPrivate: boolean }[];
}

/** @param data `YaraData`. Throws `RulesInvalid`. */
export function loadYaraEngine(data: unknown): ContentEngine {
  const { files, fileBytesMax } = data as YaraData;
  const rules = compileRules(files);
  const scanner = rules.scanner();
  scanner.setMaxMatchesPerPattern(MATCHES_MAX);
  return {
    match(content) {
      if (content.length > fileBytesMax) throw new NotMatched('too-large');
      return [...new Set(scan(scanner, content))];
    },
    close() {
      scanner.free();
      rules.free();
    },
  };
}

function scan(scanner: Scanner, content: Uint8Array): string[] {
  try {
    const { valid, errors, matches } = scanner.scan(content) as ScanResult;
    if (!valid) throw new Error(errors?.join('; ') ?? 'no result');
    return matches.filter(({ isPrivate }) => !isPrivate).map(({ identifier }) => `YARA.${identifier}`);
  } catch (error) {
    if (error instanceof Error && error.name === 'RuntimeError') endThread(error);
    throw error;
  }
}

/** After a trap nothing in the memory of the instance can be trusted, and a thread has but one. */
function endThread(error: Error): void {
  if (isMainThread) return;
  setImmediate(() => {
    throw error;
  });
}
