import { RulesInvalid } from './compile.ts';
import { loadYaraEngine, type YaraData } from './load-engine.ts';

/** What a trial comes to: a problem, or none. */
export interface Trial {
  problem?: string;
}

/** An ordinary mail. */
const harmless = Buffer.from('From: a@example.org\r\nSubject: lunch\r\n\r\nAt noon?\r\n');

/** Compiles rules and looks at what is no malware. Never throws for bad rules. */
export function tryRulesHere(data: YaraData): Trial {
  try {
    const engine = loadYaraEngine(data);
    for (const content of [new Uint8Array(), harmless]) {
      const [name] = engine.match(content) as string[];
      if (name !== undefined) return { problem: `${name} takes ${content.length} harmless bytes for malware` };
    }
    engine.close?.();
    return {};
  } catch (error) {
    if (error instanceof RulesInvalid) return { problem: error.message };
    throw error;
  }
}
