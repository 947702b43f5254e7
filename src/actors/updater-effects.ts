import { fromPromise } from 'xstate';
import { componentUpdaterMachine } from '../machines/component-updater.ts';
import type { ServiceCommands } from './commands/service-commands.ts';
import { type ComponentCheckParts, checkComponent, rollBackComponent } from './component-checks.ts';

/** The machine of an updater with its effects. @param noted see `ServiceCommands` */
export function updaterWithEffects(parts: ComponentCheckParts, noted: ServiceCommands['noted']) {
  return componentUpdaterMachine.provide({
    actors: {
      check: fromPromise(({ input, signal }) => noted(input, checkComponent(parts, input, signal))),
      rollBack: fromPromise(({ input }) => noted(input, rollBackComponent(parts, input))),
    },
  });
}
