import { hash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ServiceSettings } from '../../src/actors/reputation/service-settings.ts';
import type { Verdict } from '../../src/events/scan.ts';
import { serverState } from '../../src/machines/server-state.ts';
import { type RunningGateway, runningGateway, type Sending } from '../actors/running-gateway.ts';
import { atRest } from '../support/at-rest.ts';
import { type ServiceMode, scriptedServices, testService } from '../support/scripted-services.ts';

/**
 * A gateway with two required services and an advisory one beside a server, through anything that may happen to them. What must hold is
 * written from smart-scan.md (D6, D15, D16, invariants 2 and 6) and from what required and advisory mean.
 */

const { SEKISHO_MODEL_SECONDS = '15' } = process.env;
const timeLimitMs = Number(SEKISHO_MODEL_SECONDS) * 1000;

const server = 'sps1.test:443';
const needed = ['mhr', 'hbl'];
const services = (withAdvisory: boolean): ServiceSettings[] => [
  ...needed.map((name) => testService(name)),
  ...(withAdvisory
    ? [testService('vt', { kind: 'virustotal', required: false, limits: { perMinute: 4, perDay: 0 } })]
    : []),
];

type Step =
  | { do: 'send'; count: number; malicious?: string }
  | { do: 'mode'; name: string; mode: ServiceMode }
  | { do: 'server'; works: boolean }
  | { do: 'wait'; ms: number }
  | { do: 'restart' };

const modes: ServiceMode[] = ['up', 'up', 'gone', 'broken', 'silent', 'throttled', 'credentials'];
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  fc.record({
    ...{ do: fc.constant('send' as const), count: fc.constant(1) },
    malicious: fc.constantFrom('mhr', 'hbl', server),
  }),
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: fc.constant('mode' as const), name: fc.constantFrom('mhr', 'hbl', 'vt') },
      mode: fc.constantFrom(...modes),
    }),
  },
  fc.record({ do: fc.constant('server' as const), works: fc.boolean() }),
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(2000, 6000, 31_000, 301_000) }),
  },
  fc.record({ do: fc.constant('restart' as const) }),
);

/** One gateway on a walk. */
class Walk {
  readonly scripted = scriptedServices();
  readonly sent: Sending[] = [];
  readonly visited = new Set<string>();
  readonly #names: readonly string[];
  #gateway: RunningGateway | undefined;
  #works = true;

  constructor(withAdvisory: boolean) {
    this.#names = [server, ...services(withAdvisory).map(({ name }) => name)];
  }

  get gateway(): RunningGateway {
    if (!this.#gateway) throw new Error('not begun');
    return this.#gateway;
  }

  async begin(failOver: boolean, withAdvisory: boolean): Promise<void> {
    const settings = { services: services(withAdvisory), threshold: 2, failOver, scansMax: 1000 };
    this.#gateway = await runningGateway(settings, { services: this.scripted.outside });
  }

  async take(step: Step): Promise<void> {
    const before = this.#asked();
    await this.#do(step);
    await this.#serve();
    this.#check(before);
  }

  async #do(step: Step): Promise<void> {
    const { gateway, scripted } = this;
    if (step.do === 'mode') scripted.of(step.name).mode = step.mode;
    if (step.do === 'server') this.#works = step.works;
    if (step.do === 'wait') return this.#wait(step.ms);
    if (step.do === 'restart') gateway.gateway.restart('command');
    if (step.do !== 'send') return;
    for (let each = 0; each < step.count; each++) {
      const file = `file ${this.sent.length}`;
      if (step.malicious === server) gateway.reputation.malicious.set(hash('sha256', file), 'Server.Malware');
      else if (step.malicious) scripted.of(step.malicious).malicious.add(hash('sha256', file));
      this.sent.push(
        await gateway.send(file, this.sent.length % 2 === 0 || step.malicious === server ? 'asked' : undefined),
      );
      await this.#serve();
    }
  }

  /** In small steps, so that the server answers whatever becomes due. */
  async #wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1000) {
      await this.gateway.advance(Math.min(1000, left));
      await this.#serve();
    }
  }

  async #serve(): Promise<void> {
    await atRest();
    while (this.gateway.reputation.pending.length > 0) await this.gateway.answer(this.#works ? 'ok' : 'refused');
    await atRest();
  }

  #state(name: string): string {
    return serverState(this.gateway.server(name));
  }

  /** Look-ups so far of services that may not be asked now (invariant 6, D6, D16). */
  #asked(): Map<string, number> {
    const left = this.#names.filter((name) => /^(CachedInvalid|Throttled|FailedOver)/.test(this.#state(name)));
    return new Map(left.map((name) => [name, this.scripted.of(name).lookUps.length]));
  }

  #check(before: ReadonlyMap<string, number>): void {
    const { gateway } = this;
    expect(gateway.problems).toEqual([]);
    for (const name of this.#names) this.visited.add(`${name} ${this.#state(name)}`);
    const still = this.#asked();
    for (const [name, count] of before)
      if (still.has(name) && !this.#wasUsable(name)) expect(this.scripted.of(name).lookUps).toHaveLength(count);
    // D16, of what is required: the only server of the list, and each required service.
    const isConventional = [server, ...needed].some((name) => this.#state(name) === 'FailedOver');
    const last = gateway.journal.appended().findLast(({ event }) => event.subject === 'method')?.event;
    expect(last?.data.method).toBe(isConventional ? 'conventional' : 'smart');
  }

  /** Whether it was for a moment: then it may have been asked. */
  #wasUsable(name: string): boolean {
    const states = gateway(this)
      .filter(({ subject }) => subject === `server/${name}`)
      .slice(this.#seen.get(name) ?? 0);
    this.#seen.set(name, (this.#seen.get(name) ?? 0) + states.length);
    return states.some(({ data }) => /^(Healthy|Failing)/.test(String(data.state)));
  }
  readonly #seen = new Map<string, number>();

  /** Everybody gets an answer, and nothing passes for which somebody who is required was not asked (invariant 2). */
  async end(): Promise<number[]> {
    await this.take({ do: 'wait', ms: 91_000 });
    const verdicts = gateway(this).flatMap(({ type, data }) =>
      type === 'sekisho.scan.verdict.v1' ? [data.verdict as Verdict] : [],
    );
    for (const { verdict, method, servers } of verdicts)
      if (method === 'smart' && verdict === 'clean') expect(servers).toEqual(expect.arrayContaining(needed));
    return this.sent.map(({ reply }) => reply?.code ?? 0);
  }
}

const gateway = ({ gateway: { journal } }: Walk) => journal.appended().map(({ event }) => event);

const visited = new Set<string>();

test('whatever happens to services: D16, invariants 2 and 6; and an advisory one changes no reply', {
  timeout: 4 * timeLimitMs + 60_000,
}, async () => {
  const walks = fc.array(step, { minLength: 5, maxLength: 40, size: 'max' });
  const property = fc.asyncProperty(fc.boolean(), walks, async (failOver, steps) => {
    const [all, without] = [new Walk(true), new Walk(false)];
    await all.begin(failOver, true);
    await without.begin(failOver, false);
    for (const each of steps) {
      await all.take(each);
      await without.take(each);
    }
    const [replies, otherwise] = [await all.end(), await without.end()];
    // One that is waited for takes time, in which others come back or do not: only then is it another walk.
    const isWaitedFor = steps.some((each) => each.do === 'mode' && each.name === 'vt' && each.mode === 'silent');
    if (!isWaitedFor) expect(replies).toEqual(otherwise);
    for (const state of all.visited) visited.add(state);
  });
  await fc.assert(property, { numRuns: 1000, interruptAfterTimeLimit: timeLimitMs });
  const states = ['Healthy', 'Failing', 'CachedInvalid', 'Throttled', 'FailedOver'];
  const all = [...needed, 'vt'].flatMap((name) => states.map((state) => `${name} ${state}`));
  expect([...visited]).toEqual(expect.arrayContaining(all));
});
