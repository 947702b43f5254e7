/** The thread of the console: nothing that is asked of it may hold up the mail. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { leaveInFolder } from '../adapters/inbox/inbox-folder.ts';
import { openJournalReader } from '../adapters/journal/open-journal-reader.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { createCommandLog } from '../console/commands.ts';
import { type Console, startConsole } from '../console/console.ts';
import type { GivenHere } from '../console/http/handlers.ts';
import type { Components, Status } from '../console/protocol/schemas.ts';
import { commandEvent, gatewaySource } from '../events/command.ts';
import type { Envelope } from '../events/envelope.ts';
import { type GatewayOverview, overview } from '../projections/servers/overview.ts';
import { servers } from '../projections/servers/servers.ts';
import { commandFolder } from './commands.ts';
import { keepCertificate } from './console-certificate.ts';
import { openView } from './open-view.ts';
import type { ProjectionSettings } from './projection-source.ts';
import { version } from './version.ts';

/** What the thread is started with. */
export interface ConsoleWorkerOptions extends ProjectionSettings {
  console: Settings['console'];
}

/** What it is told: events of the lane `commands` that are on disk. */
export type ToConsole = { event: Envelope };

/** What it says. */
export type FromConsole =
  | { kind: 'listening'; url: string }
  /** Name and code say which it is, as exit codes need it. */
  | { kind: 'failed'; text: string; name: string; code?: string }
  | { kind: 'problem'; text: string };

const settings = workerData as ConsoleWorkerOptions;
const { listen, tokens_file, certificate_file, key_file } = settings.console;
const gateway = settings.state.gateway_name;
const source = gatewaySource(gateway);
const commands = createCommandLog(gateway, source);
const say = (message: FromConsole) => parentPort?.postMessage(message);
let reading: Promise<GatewayOverview[]> | undefined;
const onProblem = (text: string) => say({ kind: 'problem', text });

if (listen !== undefined) {
  const stopped = stopOrder();
  try {
    await readCommands();
    const certificate = keepCertificate({ certificateFile: certificate_file, keyFile: key_file, onProblem });
    const server = await startConsole({
      ...{ listen, tokensFile: tokens_file, tls: certificate.current, onProblem, commands, give },
      status: async () => (await gateways()).map(statusOf).find((each) => each.gateway === source),
      components: async () => (await gateways()).flatMap((each) => [...each.components]) as Components['components'],
    });
    certificate.onRenewal(server.renew);
    say({ kind: 'listening', url: server.url });
    await stopped;
    await end(server, certificate);
  } catch (error) {
    say(failureOf(error as Error));
    throw error;
  }
}

function failureOf({ message, name, cause, ...more }: Error & { code?: string }): FromConsole {
  const code = more.code ?? (cause as { code?: string } | undefined)?.code;
  return { kind: 'failed', text: message, name, ...(code !== undefined && { code }) };
}

async function end(server: Console, certificate: { stop(): void }): Promise<void> {
  certificate.stop();
  await server.close();
  parentPort?.close();
}

/** Listens from now on. @returns resolves when the thread is to end */
function stopOrder(): Promise<void> {
  return new Promise((resolve) => {
    parentPort?.on('message', (message: ToConsole | 'stop') => {
      if (message === 'stop') resolve();
      else commands.observe(message.event);
    });
  });
}

/** What came of commands before this thread began; events that come meanwhile wait in its port. */
async function readCommands(): Promise<void> {
  const journal = await openJournalReader({ folder: join(settings.state.folder, 'journal') });
  for (const { event } of await journal.latest('commands')) commands.observe(event);
  await journal.close();
}

/** As `sekisho command --local`: a file that the gateway takes, and that outlives both. */
function give({ id, order, by, validSeconds }: GivenHere) {
  const givenBy = `/sekisho/console/${gateway}/${by}`;
  const timeMs = Date.now();
  const event = commandEvent({ ...{ id, order, source: givenBy, timeMs, validSeconds }, gateways: [source] });
  return { givenBy, timeMs, onDisk: leaveInFolder(commandFolder(settings), id, JSON.stringify(event)) };
}

/** Asked many times at once, it is read once. */
function gateways(): Promise<GatewayOverview[]> {
  reading ??= read().finally(() => {
    reading = undefined;
  });
  return reading;
}

async function read(): Promise<GatewayOverview[]> {
  const view = await openView({ settings, projection: servers, warn: onProblem });
  try {
    return overview(view);
  } finally {
    view.close();
  }
}

function statusOf(all: GatewayOverview): Status {
  return { version: version(), ...structuredClone(all) } as Status;
}
