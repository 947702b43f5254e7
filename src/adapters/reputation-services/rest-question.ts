import type { Static, TSchema } from 'typebox';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import { openExchange, type SpsConnectionOptions } from '../sps-client/client-options.ts';
import { statusFailure } from '../sps-client/failure.ts';
import { jsonReader } from '../sps-client/read-json.ts';

/** How a service is reached. */
export interface RestOptions extends SpsConnectionOptions {
  /** `https://host:port`. */
  url: string;
}

/** GET requests to one service. All throw `ReputationFailure`. */
export interface RestQuestion {
  /** A well-formed answer, or undefined when it is 404. */
  get<S extends TSchema>(path: string, schema: S, headers: Fields, signal: AbortSignal): Promise<Static<S> | undefined>;
  /** The status of whatever answer comes. */
  status(path: string, signal: AbortSignal): Promise<number>;
  close(): void;
}

type Fields = Readonly<Record<string, string>>;

/** What VirusTotal says of a file that many engines know has some 100 KB. */
const answerBytesMax = 4 * 1024 ** 2;

export function createRestQuestion({ url, ...connection }: RestOptions): RestQuestion {
  const { now = Date.now } = connection;
  const { exchange, close } = openExchange(connection);
  const readers = new Map<TSchema, (answer: Awaited<ReturnType<typeof exchange>>) => unknown>();
  const request = (path: string, headers: Fields) =>
    ({
      origin: url,
      method: 'GET',
      path,
      headers: { accept: 'application/json', ...headers },
      answerBytesMax,
    }) as const;
  return {
    async get<S extends TSchema>(path: string, schema: S, headers: Fields, signal: AbortSignal) {
      const answer = await exchange(request(path, headers), signal);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw statusFailure(answer.status, 'other', answer.field('retry-after'), now());
      const read = readers.get(schema) ?? jsonReader(schema);
      readers.set(schema, read);
      return read(answer) as Static<S>;
    },
    async status(path, signal) {
      const { status } = await exchange({ ...request(path, {}), onNewConnection: true }, signal);
      return status;
    },
    close,
  };
}

/** D13: it answers, whatever it wants; a server in trouble does not. */
export async function expectReachable(question: RestQuestion, path: string, signal: AbortSignal): Promise<void> {
  const status = await question.status(path, signal);
  if (status >= 500) throw new ReputationFailure('status', `the server answered ${status}`);
}
