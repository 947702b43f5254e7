import { Compiler, type Rules } from '@virustotal/yara-x';
import { prepareYara } from './wasm.ts';

/** A `.yar` file. */
export interface RuleFile {
  name: string;
  text: string;
}

/** A rule file cannot be used. */
export class RulesInvalid extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RulesInvalid';
  }
}

/** Longest part of what the compiler says; its texts show the line. */
const MESSAGE_MAX = 1000;

/** Compiles files, each a namespace of its own. Takes milliseconds for tens of rules. Throws `RulesInvalid` with file and line. */
export function compileRules(files: readonly RuleFile[]): Rules {
  prepareYara();
  const compiler = new Compiler();
  try {
    for (const { name, text } of files) {
      if (usesConsole(text)) throw new RulesInvalid(`${JSON.stringify(name)}: the module console may not be used`);
      compiler.newNamespace(name);
      try {
        compiler.addSource(text);
      } catch (cause) {
        throw new RulesInvalid(`${JSON.stringify(name)}: ${(cause as Error).message.slice(0, MESSAGE_MAX)}`, { cause });
      }
    }
    return compiler.build();
  } finally {
    compiler.free();
  }
}

/** Rules in a text: exact but for those that stand in comments. */
export function countRules(text: string): number {
  return text.match(/^\s*(?:(?:private|global)\s+)*rule\s+\w+/gm)?.length ?? 0;
}

/** It would write from within a scan to the output of this program. */
function usesConsole(text: string): boolean {
  const withoutComments = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ' ');
  return [text, withoutComments].some((each) => /\bimport\s*"console"/.test(each));
}
