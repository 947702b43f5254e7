import type { ComponentName } from '../events/command.ts';
import type { ComponentFacts } from '../machines/component-updater.ts';
import type { ComponentStore } from './ports/components.ts';

/** The component in use, as events tell it. */
export interface ComponentInUse {
  version: string | null;
  /** When a source last said that it is the newest, ms since 1970; 0 without one. */
  confirmedMs: number;
  /** The version that is refused since it was rolled back. */
  heldBack: string | null;
  facts: ComponentFacts;
}

/** What is in use of a component. */
export function componentInUse(components: ComponentStore, component: ComponentName): ComponentInUse {
  const loaded = components.current();
  const inUse = loaded[component];
  if (inUse === undefined) return { version: null, confirmedMs: 0, heldBack: null, facts: {} };
  const { version, checkedAtMs, patternId } = inUse;
  const signatures = component === 'filter' ? undefined : loaded[component]?.entries;
  return {
    ...{ version, confirmedMs: checkedAtMs },
    heldBack: components.atHand(component).versions.find((other) => other !== version) ?? null,
    facts: {
      ...(patternId !== undefined && { patternId }),
      ...(signatures !== undefined && { signatures }),
    },
  };
}
