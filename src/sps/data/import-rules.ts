import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { countRules, RulesInvalid } from '../../adapters/yara/compile.ts';
import { tryRules } from '../../adapters/yara/try-rules.ts';
import { packageFilesMax } from '../protocol/component-package.ts';
import { type Added, addPiece } from './add-signatures.ts';
import { ImportRefused } from './import-refused.ts';
import { pieces } from './pieces.ts';
import type { Store } from './store.ts';

const rulesBytesMax = 16 * 1024 * 1024;
/** Files of a pattern that are no rules. */
const otherFiles = 3;

/** What an import of rules did. */
export interface RulesReport {
  rules: number;
  added: Added;
}

/**
 * Brings a file of YARA rules into the local patterns, in place of one of the same name; one without rules takes them out. They are
 * compiled and tried before. Throws `ImportRefused`, `StoreUnusable`.
 */
export async function importRules(store: Store, file: string, agent: boolean): Promise<RulesReport> {
  const name = basename(file).replace(/\.yara?$/i, '');
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$/.test(name))
    throw new ImportRefused(`${file}: the name must be letters, digits, - and _, at most 50, and .yar`);
  const content = read(file);
  const rules = countRules(content);
  await tryRules({ files: [{ name: basename(file), text: content }], fileBytesMax: rulesBytesMax }).catch((error) => {
    throw error instanceof RulesInvalid ? new ImportRefused(error.message) : error;
  });
  // Empty files are not published.
  const piece = { kind: 'rules', name, content: rules === 0 ? '' : content, agent } as const;
  const added = addPiece(store, basename(file), piece, () => {
    const all = pieces(store.database, 'rules', 'conventional').filter(({ content }) => content !== '');
    if (all.length > packageFilesMax - otherFiles)
      throw new ImportRefused(`a pattern can have ${packageFilesMax - otherFiles} files of rules: put more into each`);
  });
  return { rules, added };
}

function read(file: string): string {
  try {
    if (statSync(file).size > rulesBytesMax) throw new ImportRefused(`${file} is larger than ${rulesBytesMax} bytes`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof ImportRefused) throw error;
    throw new ImportRefused(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}
