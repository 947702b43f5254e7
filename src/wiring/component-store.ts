import { join } from 'node:path';
import { createComponentStore, type FileComponentStore } from '../adapters/components/component-store.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { ComponentName } from '../events/command.ts';

/** The components of the state folder. @param onProblem told of what changes nothing that is in use */
export function componentStore(settings: Settings, onProblem: (problem: string) => void): FileComponentStore {
  return createComponentStore({
    folder: join(settings.state.folder, 'components'),
    bytesMax: bytesMax(settings),
    yaraFileBytesMax: settings.scan.yara_file_bytes_max,
    onProblem: (component, problem) => onProblem(`component ${component}: ${problem}`),
  });
}

/** Largest component, all files together. */
export function bytesMax({ update }: Settings): Record<ComponentName, number> {
  const { pattern_bytes_max, filter_bytes_max } = update;
  return { agent: pattern_bytes_max, conventional: pattern_bytes_max, filter: filter_bytes_max };
}
