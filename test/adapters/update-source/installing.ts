import { join } from 'node:path';
import { createComponentUpdate } from '../../../src/actors/component-update.ts';
import { systemClock } from '../../../src/actors/ports/clock.ts';
import { createComponentStore } from '../../../src/adapters/components/component-store.ts';
import { createUpdateSource } from '../../../src/adapters/update-source/update-source.ts';
import type { ComponentName } from '../../../src/events/command.ts';
import { eicarSha256 } from '../components/downloads.ts';

/** Everything between a web server of packages and the components that scans use. */
export interface Installing {
  /** State folder. */
  folder: string;
  url: string;
  caFile: string;
  keysFile: string;
}

/** A source and a store as a gateway has them. */
export function startInstalling({ folder, url, caFile, keysFile }: Installing) {
  const problems: string[] = [];
  const components = createComponentStore({
    folder: join(folder, 'components'),
    onProblem: (component, problem) => problems.push(`${component}: ${problem}`),
  });
  const source = createUpdateSource({
    ...{ url, caFile, keysFile, folder: join(folder, 'updates'), freeBytesMin: 0 },
    bytesMax: { agent: 1e7, conventional: 1e7, filter: 1e7 },
  });
  const update = createComponentUpdate({ components, clock: systemClock });
  const { signal } = new AbortController();
  return {
    ...{ components, source, problems },
    update: (component: ComponentName) =>
      update(component, (atHand, turn) => source.fetch(component, atHand, signal, turn), signal),
    async close() {
      await Promise.all([components.settled(), source.close()]);
    },
    /** What the agent pattern calls EICAR. */
    eicar: () => components.current().agent?.match({ size: 68, sha256: eicarSha256 }),
  };
}
