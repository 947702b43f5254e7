import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { carryOut, type ServiceCommands } from '../actors/commands/service-commands.ts';
import { createGateway } from '../actors/gateway.ts';
import type { Journal } from '../actors/ports/journal.ts';
import { createTransitionRecorder } from '../adapters/inspection/transition-recorder.ts';
import { createJournal } from '../adapters/journal/create-journal.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { startSmtp } from '../adapters/smtp/start-smtp.ts';
import { createSpool } from '../adapters/spool/spool.ts';
import type { TerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import type { Actor } from '../events/audit.ts';
import { gatewaySource } from '../events/command.ts';
import type { Envelope, Lane } from '../events/envelope.ts';
import { idPrefixOf } from '../events/event-id.ts';
import type { TransitionData } from '../machines/replay.ts';
import { startAudit } from './audit.ts';
import { type CommandsOptions, startCommands } from './commands.ts';
import { startConsoleThread } from './console.ts';
import { closeParts, drainMs, gatewayParts } from './gateway-parts.ts';
import { startMonitoring } from './monitoring.ts';
import { readPast } from './past.ts';
import { startPrivacy } from './privacy.ts';
import { startProjectionsThread } from './projections-thread.ts';
import { startQuarantine } from './quarantine.ts';
import { startRelays } from './relays.ts';
import { startScanEngine } from './scan-engine.ts';
import { settingsInForce } from './settings-in-force.ts';
import { smtpOptions } from './smtp-options.ts';
import { tellEvent } from './tell-event.ts';
import { problemTeller, type TellProblem } from './tell-problem.ts';
import { startVerdictCache } from './verdict-cache.ts';
import { startGatewayWatches } from './watches.ts';

/** A gateway that takes mail. */
export interface RunningGateway {
  /** Where SMTP listens, with real port numbers. */
  addresses: readonly string[];
  /** Where metrics and health are asked for; absent without `[metrics] listen`. */
  monitoring?: string;
  /** Where the admin API answers, `https://host:port`; absent without `[console] listen`. */
  console?: string;
  /** New settings for what belongs to the scan service (D10); the socket, next hop and journal stay. */
  restart(settings: Settings): Promise<void>;
  /** Answers what is in hand, then ends; within about `drainMs`. */
  stop(): Promise<void>;
  /** Resolves if the actor system gave up. */
  givenUp(): Promise<void>;
}

/** Who starts a gateway that is not asked who. */
const nobody: Actor = { kind: 'user', user: '', uid: 0, sudoUser: null, host: '' };

/** What may be other than usual. */
export interface GatewayOptions {
  /** The embedded journal, or another one that keeps the port's contract. */
  openJournal?: (settings: Settings, onProblem: TellProblem) => Promise<Journal>;
  /** Reads the settings again when a command orders a restart; without it those in force stay. Throws when they are wrong. */
  readSettings?: () => Promise<Settings>;
  /** Who starts it, for the audit log. */
  startedBy?: Actor;
}

/** Starts everything; throws with a clear message when a part cannot start, and then nothing is left running. */
export async function startGateway(
  settings: Settings,
  log: TerminalLog,
  { openJournal = embeddedJournal, readSettings = async () => settings, startedBy = nobody }: GatewayOptions = {},
): Promise<RunningGateway> {
  const onProblem = problemTeller(log);
  const folder = settings.state.folder;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const journal = await openJournal(settings, onProblem);
  const monitoring = await orClose(journal, startMonitoring(settings, journal, onProblem));
  const adminApi = await orClose(journal, startConsoleThread(settings, journal, onProblem), monitoring);
  try {
    const past = await readPast(journal);
    const source = gatewaySource(settings.state.gateway_name);
    const { record, inspect } = tap(source, onProblem, (lane, event) => {
      journal.append(lane, event);
      tellEvent(log, event);
      monitoring.observe(event);
      adminApi.observe(lane, event);
    });
    const inForce = await settingsInForce(settings, log);
    const onEvent = (event: Envelope) => log.logEvent(event);
    const audit = await startAudit({ ...{ settings, journal, source, startedBy, onEvent, onProblem } });
    const privacy = startPrivacy({ settings, journal, source, onEvent, onProblem });
    const adopt = async (changed: Settings, by: Actor) => {
      const later = await inForce.adopt(changed);
      audit.adopted(changed, by, later);
      return later;
    };
    const parts = gatewayParts({ settings, inForce, onProblem });
    const kept = startQuarantine(settings, inspect);
    const engine = startScanEngine(settings, inspect);
    const cache = await startVerdictCache(settings, onProblem);
    const { answers } = cache;
    const gateway = createGateway({
      ...{ ...parts, ...kept, ...(engine && { engine }), answers, journal, inspect, onProblem, past },
    });
    const spool = await createSpool({ folder: join(folder, 'spool'), memoryBytesMax: settings.smtp.memory_bytes_max });
    const views = await startProjectionsThread({ settings, journal, onProblem, onEvent });
    const relays = await startRelays({ settings, journal, source, record, onProblem });
    const watches = startGatewayWatches(settings, inspect, onProblem);
    const stopActors = async () => {
      watches.stop();
      await gateway.stop();
      engine?.stop();
      await Promise.all([closeParts(parts), cache.stop(), kept.stop(), views.stop(), relays.stop()]);
    };
    const smtp = await gateway
      .started()
      .then(() => startSmtp({ ...smtpOptions(settings, onProblem), spool, reception: () => gateway.reception }))
      .catch(async (error) => {
        // Else their timers would keep the process alive, without a port.
        await Promise.all([audit.stop(), privacy.stop(), stopActors()]);
        throw error;
      });
    const run = runOrders(gateway.commands, async (by) => adopt(await readSettings(), by));
    const commands = await startCommands({ settings, journal, inspect, onProblem, run });
    monitoring.watch({
      notReady: () => gateway.notReady(),
      clients: () => smtp.clients(),
      answers: answers.statistics,
    });
    return {
      addresses: smtp.addresses,
      ...(monitoring.address !== undefined && { monitoring: monitoring.address }),
      ...(adminApi.url !== undefined && { console: adminApi.url }),
      async restart(changed) {
        await adopt(changed, { kind: 'signal' });
        gateway.restart('signal');
      },
      async stop() {
        monitoring.stopping();
        await adminApi.stop();
        await Promise.all([commands.stop(), audit.stop(), privacy.stop(), smtp.drain(drainMs)]);
        await stopActors();
        await monitoring.stop();
        await journal.close();
      },
      givenUp: () => gateway.givenUp(),
    };
  } catch (error) {
    await Promise.all([adminApi.stop(), monitoring.stop()]);
    await journal.close();
    throw error;
  }
}

/** Carries out commands. @param adoptNew takes the settings as they are now @returns where they wait for the next start */
function runOrders(orders: ServiceCommands, adoptNew: (by: Actor) => Promise<string[]>): CommandsOptions['run'] {
  return async (order, signal, { command, givenBy }) => {
    if (order.kind !== 'restart') return carryOut(orders, order, signal);
    const later = await adoptNew({ kind: 'command', command, givenBy });
    return { ...(await orders.restart(signal)), ...(later.length > 0 && { later }) };
  };
}

/** A part that needs the journal: when it cannot start, the journal is closed, after what was started before it. */
async function orClose<Part>(
  journal: Journal,
  starting: Promise<Part>,
  before?: { stop(): Promise<void> },
): Promise<Part> {
  try {
    return await starting;
  } catch (error) {
    await before?.stop();
    await journal.close();
    throw error;
  }
}

/** Makes events of what the actors do. @param record where all events of this process go */
function tap(source: string, onProblem: TellProblem, record: (lane: Lane, event: Envelope<TransitionData>) => void) {
  const inspect = createTransitionRecorder({
    source,
    idPrefix: idPrefixOf(randomUUID()),
    now: Date.now,
    record,
    onProblem: (error) => onProblem('an event could not be made', error),
  });
  return { record, inspect };
}

function embeddedJournal({ state, journal }: Settings, onProblem: TellProblem): Promise<Journal> {
  return createJournal({
    folder: join(state.folder, 'journal'),
    bytesMax: journal.bytes_max,
    daysMax: journal.days_max,
    freeBytesMin: journal.free_bytes_min,
    onProblem: ({ message, cause }) => onProblem(`journal: ${message}`, cause),
  });
}
