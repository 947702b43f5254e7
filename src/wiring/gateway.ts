import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createGateway } from '../actors/gateway.ts';
import { systemClock } from '../actors/ports/clock.ts';
import type { Journal } from '../actors/ports/journal.ts';
import { createComponentStore } from '../adapters/components/component-store.ts';
import { systemIdentity } from '../adapters/identity/identity.ts';
import { createTransitionRecorder } from '../adapters/inspection/transition-recorder.ts';
import { createJournal } from '../adapters/journal/create-journal.ts';
import { createQuarantine } from '../adapters/quarantine/create-quarantine.ts';
import { createRewriter } from '../adapters/rewrite/rewriter.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { startSmtp } from '../adapters/smtp/start-smtp.ts';
import { createSpool } from '../adapters/spool/spool.ts';
import { createSpsClient } from '../adapters/sps-client/sps-client.ts';
import { createUpdateSource } from '../adapters/sps-client/update-source.ts';
import type { TerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import { readNames } from '../adapters/unpack/read-names.ts';
import { createUnpacker } from '../adapters/unpack/unpacker.ts';
import type { Actor } from '../events/audit.ts';
import { gatewaySource } from '../events/command.ts';
import type { Envelope, Lane } from '../events/envelope.ts';
import { idPrefixOf } from '../events/event-id.ts';
import type { TransitionData } from '../machines/replay.ts';
import { startAudit } from './audit.ts';
import { caFile } from './ca-file.ts';
import { startCommands } from './commands.ts';
import { nextHop } from './next-hop.ts';
import { readPast } from './past.ts';
import { startProjectionsThread } from './projections-thread.ts';
import { startRelayIfSet } from './relay.ts';
import { settingsInForce } from './settings-in-force.ts';
import { smtpOptions } from './smtp-options.ts';
import { tellEvent } from './tell-event.ts';
import { problemTeller, type TellProblem } from './tell-problem.ts';

/** A gateway that takes mail. */
export interface RunningGateway {
  /** Where SMTP listens, with real port numbers. */
  addresses: readonly string[];
  /** New settings for what belongs to the scan service (D10); the socket, next hop and journal stay. */
  restart(settings: Settings): Promise<void>;
  /** Answers what is in hand, then ends; within about `drainMs`. */
  stop(): Promise<void>;
  /** Resolves if the actor system gave up. */
  givenUp(): Promise<void>;
}

/** Who starts a gateway that is not asked who. */
const nobody: Actor = { kind: 'user', user: '', uid: 0, sudoUser: null, host: '' };

/** Time for scans and clients to finish when the gateway ends or restarts. SIGTERM must be over within 10 s. */
const drainMs = 8000;

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
  try {
    const past = await readPast(journal);
    const source = gatewaySource(settings.state.gateway_name);
    const { record, inspect } = tap(source, journal, log, onProblem);
    const components = createComponentStore({
      folder: join(folder, 'components'),
      onProblem: (component, problem) => onProblem(`component ${component}: ${problem}`, undefined),
    });
    const hop = nextHop(settings, onProblem);
    const inForce = await settingsInForce(settings, log);
    const onEvent = (event: Envelope) => log.logEvent(event);
    const audit = await startAudit({ ...{ settings, journal, source, startedBy, onEvent, onProblem } });
    const adopt = async (changed: Settings, by: Actor) => {
      const later = await inForce.adopt(changed);
      audit.adopted(changed, by, later);
      return later;
    };
    const gateway = createGateway({
      clock: systemClock,
      identity: systemIdentity,
      journal,
      nextHop: hop,
      quarantine: createQuarantine({ folder: settings.quarantine.folder }),
      archive: (folder) => createQuarantine({ folder }),
      unpacker: createUnpacker(),
      readNames,
      rewriter: createRewriter(),
      components,
      updates: createUpdateSource({
        ...viaProxy(settings),
        ...caFile(settings, settings.update.ca_file ?? settings.smart_scan.ca_file),
        url: settings.update.url,
      }),
      openReputation: () => spsClient(inForce.all()),
      settings: inForce.scan,
      times: gatewayTimes(settings),
      inspect,
      onProblem,
      past,
    });
    const spool = await createSpool({ folder: join(folder, 'spool'), memoryBytesMax: settings.smtp.memory_bytes_max });
    const views = await startProjectionsThread({
      ...{ settings, journal, onProblem, onEvent },
    });
    const relay = await startRelayIfSet({ settings, journal, source, record, onProblem });
    const stopActors = async () => {
      await gateway.stop();
      await Promise.all([hop.close(), components.settled(), views.stop(), relay.stop()]);
    };
    const smtp = await gateway
      .started()
      .then(() => startSmtp({ ...smtpOptions(settings, onProblem), spool, reception: () => gateway.reception }))
      .catch(async (error) => {
        // Else their timers would keep the process alive, without a port.
        await Promise.all([audit.stop(), stopActors()]);
        throw error;
      });
    const commands = await startCommands({
      ...{ settings, journal, inspect, onProblem },
      async run(order, signal, { command, givenBy }) {
        if (order.kind === 'deploy-component') return gateway.commands.deploy(order.component, order.version, signal);
        const later = await adopt(await readSettings(), { kind: 'command', command, givenBy });
        return { ...(await gateway.commands.restart(signal)), ...(later.length > 0 && { later }) };
      },
    });
    return {
      addresses: smtp.addresses,
      async restart(changed) {
        await adopt(changed, { kind: 'signal' });
        gateway.restart('signal');
      },
      async stop() {
        await Promise.all([commands.stop(), audit.stop(), smtp.drain(drainMs)]);
        await stopActors();
        await journal.close();
      },
      givenUp: () => gateway.givenUp(),
    };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** Where all events of this process go: into the journal, and what people should see of them to the log. */
function tap(source: string, journal: Journal, log: TerminalLog, onProblem: TellProblem) {
  const record = (lane: Lane, event: Envelope<TransitionData>) => {
    journal.append(lane, event);
    tellEvent(log, event);
  };
  const inspect = createTransitionRecorder({
    source,
    idPrefix: idPrefixOf(randomUUID()),
    now: Date.now,
    record,
    onProblem: (error) => onProblem('an event could not be made', error),
  });
  return { record, inspect };
}

function gatewayTimes({ smart_scan, update }: Settings) {
  return {
    filterCheckMs: smart_scan.filter_check_seconds * 1000,
    filterStaleMs: smart_scan.filter_age_alert_seconds * 1000,
    patternCheckMs: update.interval_seconds * 1000,
    patternRetryMs: update.retry_seconds * 1000,
    drainMs,
  };
}

function spsClient(settings: Settings) {
  return createSpsClient({ ...viaProxy(settings), ...caFile(settings, settings.smart_scan.ca_file) });
}

function viaProxy({ smart_scan }: Settings): { proxyUrl?: string } {
  return smart_scan.proxy === undefined ? {} : { proxyUrl: smart_scan.proxy };
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
