import type { Journal } from '../actors/ports/journal.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { Envelope, Lane } from '../events/envelope.ts';
import type { ConsoleWorkerOptions, FromConsole, ToConsole } from './console-worker.ts';
import { KeptThread } from './kept-thread.ts';
import type { TellProblem } from './tell-problem.ts';

/** How long the thread may take to end. */
const stopMsMax = 2000;

/** The console of a gateway, in a thread of its own. */
export interface RunningConsole {
  /** Where the admin API answers, `https://host:port`; undefined without. */
  url?: string;
  /** Tells it of an event that was appended to the journal. */
  observe(lane: Lane, event: Envelope): void;
  stop(): Promise<void>;
}

/** Starts what `[console] listen` asks for. The journal must be there. @throws when it cannot listen. */
export async function startConsoleThread(
  settings: Settings,
  journal: Pick<Journal, 'durable'>,
  onProblem: TellProblem,
): Promise<RunningConsole> {
  if (settings.console.listen === undefined) return { observe: () => undefined, stop: async () => undefined };
  const listening = Promise.withResolvers<string>();
  const { state, kafka, projections, notify, smtp, console } = settings;
  const thread = new KeptThread<ToConsole, FromConsole>({
    file: new URL('./console-worker.ts', import.meta.url),
    name: 'console',
    workerData: () =>
      structuredClone({ state, kafka, projections, notify, smtp, console }) satisfies ConsoleWorkerOptions,
    onMessage(message) {
      if (message.kind === 'listening') listening.resolve(message.url);
      else if (message.kind === 'failed') listening.reject(failureOf(message));
      else onProblem(message.text, undefined);
    },
    onBreakdown(cause) {
      listening.reject(cause);
      onProblem('the thread of the console ended and is started anew', cause);
    },
    stopMsMax,
  });
  const url = await listening.promise.catch(async (error) => {
    await thread.stop();
    throw error;
  });
  return {
    url,
    observe(lane, event) {
      // What it says of a command must be so after a crash, too.
      if (lane === 'commands')
        journal.durable().then(
          () => thread.send({ event }),
          () => undefined,
        );
    },
    stop: () => thread.stop(),
  };
}

/** As the thread had it. */
function failureOf({ text, name, code }: Extract<FromConsole, { kind: 'failed' }>): Error {
  return Object.assign(new Error(text), { name, ...(code !== undefined && { code }) });
}
