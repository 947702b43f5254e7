import type { HashService, ServiceAnswer } from '../../src/actors/ports/hash-service.ts';
import { type FailureKind, ReputationFailure } from '../../src/actors/ports/reputation.ts';
import { createRequestBudget } from '../../src/actors/reputation/request-budget.ts';
import type { ServiceSettings } from '../../src/actors/reputation/service-settings.ts';
import type { ServicesOutside } from '../../src/actors/reputation/services.ts';

/** How a service treats everybody: it answers; it fails queries and is reachable; it is not there; it takes requests and is silent. */
export type ServiceMode = 'up' | 'broken' | 'gone' | 'silent' | FailureKind;

/** A service in the test's hand. */
export interface ScriptedService {
  mode: ServiceMode;
  /** Hashes that it calls malware. */
  malicious: Set<string>;
  /** Hashes of every look-up, in order. */
  lookUps: string[];
  probes: number;
  connects: number;
}

/** Reputation services without a network: by name, `up` until a test says otherwise. */
export function scriptedServices(): { outside: ServicesOutside; of(name: string): ScriptedService } {
  const services = new Map<string, ScriptedService>();
  const budgets = new Map<string, ReturnType<typeof createRequestBudget>>();
  function of(name: string): ScriptedService {
    const found = services.get(name) ?? { mode: 'up', malicious: new Set(), lookUps: [], probes: 0, connects: 0 };
    services.set(name, found);
    return found;
  }
  const outside: ServicesOutside = {
    open: ({ name }) => client(of(name)),
    budget(name) {
      const budget = budgets.get(name) ?? createRequestBudget({ read: () => undefined, write: () => {} });
      budgets.set(name, budget);
      return budget;
    },
  };
  return { outside, of };
}

function client(service: ScriptedService): HashService {
  async function treat(reachable: readonly ServiceMode[], signal: AbortSignal): Promise<void> {
    if (reachable.includes(service.mode)) return;
    if (service.mode === 'silent') await silence(signal);
    const kinds: Partial<Record<ServiceMode, FailureKind>> = { gone: 'refused', broken: 'response' };
    const kind = kinds[service.mode] ?? (service.mode as FailureKind);
    throw new ReputationFailure(kind, `scripted: ${kind}`, kind === 'throttled' ? { retryAfterMs: 30_000 } : {});
  }
  return {
    async lookUp(sha256, signal): Promise<ServiceAnswer> {
      service.lookUps.push(sha256);
      await treat(['up'], signal);
      return service.malicious.has(sha256)
        ? { verdict: 'malicious', name: 'Scripted.Malware' }
        : { verdict: 'unknown' };
    },
    async connect(signal) {
      service.connects++;
      await treat(['up', 'broken', 'throttled'], signal);
    },
    async probe(signal) {
      service.probes++;
      await treat(['up'], signal);
    },
    close: () => {},
  };
}

function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new ReputationFailure('timeout', 'scripted: silent')));
  });
}

/** Settings of a service with the documented defaults, but for what a test changes. */
export function testService(name: string, changes: Partial<ServiceSettings> = {}): ServiceSettings {
  return {
    ...{ name, kind: 'mhr', required: true, timeoutMs: 1500, atOnceMax: 8, limits: { perMinute: 0, perDay: 0 } },
    ...{ maliciousTtlSeconds: 86_400, otherTtlSeconds: 3600, basis: 'mhr' },
    ...changes,
  };
}
