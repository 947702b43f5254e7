import { type ActorRefFrom, createActor, enqueueActions, fromPromise, type InspectionEvent, waitFor } from 'xstate';
import { reputationServerMachine } from '../machines/reputation-server.ts';
import { scanServiceMachine } from '../machines/scan-service.ts';
import { searchMethodMachine } from '../machines/search-method.ts';
import { sessionMachine } from '../machines/session.ts';
import { createSupervisorMachine } from '../machines/supervisor.ts';
import { watchClock } from './clock-watch.ts';
import { createServiceCommands, type ServiceCommands } from './commands/service-commands.ts';
import { createComponentUpdate } from './component-update.ts';
import { createEpochs, methodChildId, type Past } from './epochs.ts';
import type { Clock } from './ports/clock.ts';
import type { ComponentStore, UpdateSource } from './ports/components.ts';
import type { Identity } from './ports/identity.ts';
import type { Journal } from './ports/journal.ts';
import type { MailReception, NextHop, Quarantine } from './ports/mail.ts';
import type { ReputationService } from './ports/reputation.ts';
import type { MessageReader, MessageRewriter, ReadNames } from './ports/scanning.ts';
import { notReady } from './readiness.ts';
import type { AnswerCaches } from './reputation/answer-cache.ts';
import { connectAndProbe } from './reputation/connect-and-probe.ts';
import type { ServicesOutside } from './reputation/services.ts';
import { scanMachineWithEffects } from './scan/scan-effects.ts';
import type { Works } from './scan/work.ts';
import type { EngineBeside } from './scan-engine/scan-engine.ts';
import type { ScanSettings } from './scan-settings.ts';
import { createMailSession } from './session/mail-session.ts';
import { createReception } from './session/reception.ts';
import { createScanSlots } from './session/scan-slots.ts';
import { updaterWithEffects } from './updater-effects.ts';
import { createUpdaters, type UpdaterTimes } from './updaters.ts';

/** Everything outside that the actors need, each behind its port. */
export interface GatewayParts {
  clock: Clock;
  identity: Identity;
  journal: Journal;
  nextHop: NextHop;
  quarantine: Quarantine;
  /** Where copies of the action `archive` go. */
  archive: (folder: string) => Quarantine;
  reader: MessageReader;
  /** An engine outside, beside our own; absent: none. */
  engine?: EngineBeside;
  readNames: ReadNames;
  rewriter: MessageRewriter;
  components: ComponentStore;
  updates: UpdateSource;
  /** Of reputation services; they outlive the epochs. */
  answers: AnswerCaches;
  /** Reputation services beside the servers; absent: none. */
  services?: ServicesOutside;
  /** Connections to the servers of one epoch, closed with it. */
  openReputation: (settings: ScanSettings) => ReputationService;
  /** The settings that the next epoch begins with. */
  settings: () => ScanSettings;
  /** Of updates, as the settings are now. */
  times: () => UpdaterTimes;
  drainMs: number;
  /** The tap that turns transitions into events. */
  inspect: (event: InspectionEvent) => void;
  onProblem: (problem: string, error: unknown) => void;
  /** Of the process before this one, from the journal. */
  past: Past;
}

/** The running actor system. */
export interface Gateway {
  reception: MailReception;
  /** Resolves when the first attempt to load every component has ended (D3): then the SMTP port may open. */
  started(): Promise<void>;
  /** A new epoch beside the old one; the settings must have been validated. */
  restart(reason: 'signal' | 'settings' | 'component' | 'command'): void;
  /** What commands do, with an answer. */
  commands: ServiceCommands;
  /** Why a message that came now would get 4xx unscanned; empty when it would be scanned. */
  notReady(): readonly string[];
  /** Scans in progress finish within the drain time. */
  stop(): Promise<void>;
  /** Resolves if a child fails so often that the process should end. */
  givenUp(): Promise<void>;
}

/** One root system for the long-lived actors; sessions are roots of their own, one for each connection. */
export function createGateway(parts: GatewayParts): Gateway {
  const works: Works = new Map();
  const slots = createScanSlots();
  const epochs = createEpochs(
    parts,
    (id) => root.getSnapshot().children[id] as never,
    (event) => root.send(event),
  );
  const updaters = createUpdaters(() => root, parts);
  const update = createComponentUpdate(parts);
  const { connect, probe } = connectAndProbe(epochs.newest, update, parts.clock);
  const method = () =>
    root.getSnapshot().children[methodChildId] as ActorRefFrom<typeof searchMethodMachine> | undefined;
  const checkParts = { ...parts, update, epoch: epochs.newest, onPatternUpdated: () => restart('component') };
  const supervisor = createSupervisorMachine({
    server: reputationServerMachine.provide({
      actors: { connect, probe },
      actions: {
        tellMethod: enqueueActions(({ enqueue, context }, type) => {
          const told = method();
          if (told) enqueue.sendTo(told, { type, server: context.server });
        }),
      },
    }),
    method: searchMethodMachine,
    updater: updaterWithEffects(checkParts, (component, work) => commands.noted(component, work)),
    service: scanServiceMachine.provide({
      actors: {
        begin: fromPromise(({ input, signal }) =>
          epochs.begin(input.epoch, signal, () => updaters.start(signal)).then(updaters.adopt),
        ),
        drain: fromPromise(({ input }) => epochs.drained(input.before)),
      },
    }),
  });
  const root = createActor(supervisor, { clock: parts.clock, inspect: parts.inspect });
  const service = () =>
    root.getSnapshot().children.service as ReturnType<typeof createActor<typeof scanServiceMachine>> | undefined;
  const restart: Gateway['restart'] = (reason) => service()?.send({ type: 'RESTART', reason });
  const commands = createServiceCommands({
    service,
    updater: updaters.of,
    current: () => epochs.current()?.number,
    version: (component) => parts.components.current()[component]?.version,
    forgetAnswers: () => parts.answers.clear(),
  });
  const machine = sessionMachine.provide({
    actors: { scan: scanMachineWithEffects({ ...parts, works, now: () => parts.clock.now() }) },
  });
  const reception = createReception(
    parts.journal,
    (refusal) => (client) =>
      createMailSession({ ...parts, machine, works, slots, epoch: epochs.current, refusal }, client),
  );

  let stopClockWatch = () => {};

  return {
    reception,
    async started() {
      root.start();
      stopClockWatch = watchClock(parts.clock, updaters.clockSet);
      root.send({
        type: 'START_CHILD',
        child: { id: 'service', src: 'service', input: { lastEpoch: parts.past.epoch, drainMs: parts.drainMs } },
      });
      const actor = service();
      if (actor) await waitFor(actor, (snapshot) => snapshot.value === 'Running' || snapshot.status !== 'active');
      if (service()?.getSnapshot().value !== 'Running') throw new Error('the scan service could not start');
    },
    restart,
    commands,
    notReady: () => notReady(epochs.current(), parts.journal.state()),
    async stop() {
      stopClockWatch();
      const actor = service();
      actor?.send({ type: 'STOP' });
      if (actor) await waitFor(actor, (snapshot) => snapshot.status !== 'active');
      root.stop();
    },
    async givenUp() {
      await waitFor(root, (snapshot) => snapshot.value === 'GivenUp').catch(() => new Promise(() => {}));
    },
  };
}
