import type { EngineLoaders } from '../adapters/message-reader/content-engines.ts';
import { loadSamplesEngine, SAMPLES_ENGINE } from '../adapters/sample-signatures/load-engine.ts';
import { loadYaraEngine, YARA_ENGINE } from '../adapters/yara/load-engine.ts';

/** The engines of content patterns, by name. */
export const contentEngines: EngineLoaders = {
  [SAMPLES_ENGINE]: loadSamplesEngine,
  [YARA_ENGINE]: loadYaraEngine,
};
