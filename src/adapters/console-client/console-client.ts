import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Compile } from 'typebox/compile';
import { Agent, request } from 'undici';
import { waitSecondsMax } from '../../console/protocol/operations.ts';
import { CommandReport } from '../../console/protocol/schemas.ts';
import { readJson } from '../../events/json.ts';
import { isLoopback } from '../settings/values/host.ts';

export interface ConsoleClientOptions {
  /** `https://host:port`; `http` on loopback only. */
  url: string;
  token: string;
  /** PEM file of the authorities to trust in place of the system's. */
  caFile?: string;
}

/** The admin API of one gateway. */
export interface ConsoleClient {
  /**
   * Gives an order and follows it until it has ended or the signal aborts. An answer that is lost is asked for again, with the same id.
   * @param path of the operation @param body with the id
   * @returns the last that was heard of it
   * @throws {ConsoleFailure} when it was not given, or nobody knows
   */
  order(path: string, body: { id: string } & object, signal: AbortSignal): Promise<CommandReport>;
  close(): Promise<void>;
}

/** The gateway did not take it, or does not answer. */
export class ConsoleFailure extends Error {
  /** Of the answer; undefined: there was none. */
  readonly status: number | undefined;
  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConsoleFailure';
    this.status = status;
  }
}

const commandReport = Compile(CommandReport);
const answerBytesMax = 1024 * 1024;
/** Tries to give an order, and the rest between them. */
const triesMax = 3;
const restMs = 1000;
const connectMs = 10_000;
/** Longer than the gateway takes its time. */
const answerMs = (waitSecondsMax + 10) * 1000;

/** @throws when the token would go in the clear, or the file cannot be read */
export function createConsoleClient({ url, token, caFile }: ConsoleClientOptions): ConsoleClient {
  const { protocol, hostname, origin } = new URL(url);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, ''))))
    throw new Error(`${url} must be https: a token goes over the network in no other way`);
  const dispatcher = new Agent({
    ...{ headersTimeout: answerMs, bodyTimeout: answerMs, connections: 2, maxResponseSize: answerBytesMax },
    connect: { timeout: connectMs, minVersion: 'TLSv1.2', ...(caFile !== undefined && { ca: readFileSync(caFile) }) },
  });

  async function ask(method: 'GET' | 'POST', path: string, body: object | undefined, signal: AbortSignal) {
    const answer = await request(`${origin}${path}`, {
      ...{ dispatcher, method, signal },
      headers: {
        ...{ authorization: `Bearer ${token}`, prefer: `wait=${waitSecondsMax}` },
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const content = readJson(await answer.body.text());
    const { statusCode: status } = answer;
    if (status >= 300) throw new ConsoleFailure(`${status} ${problemText(content)}`, status);
    if (!commandReport.Check(content)) throw new ConsoleFailure('it answers as no gateway does', status);
    return content as CommandReport;
  }

  async function given(path: string, body: object, signal: AbortSignal): Promise<CommandReport> {
    for (let tries = 1; ; tries++) {
      try {
        return await ask('POST', path, body, signal);
      } catch (error) {
        if (error instanceof ConsoleFailure && (error.status ?? 500) < 500) throw error;
        if (tries === triesMax || signal.aborted) throw failureOf(error);
        await wait(restMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  return {
    async order(path, body, signal) {
      let report = await given(path, body, signal);
      while (!isEnd(report) && !signal.aborted) {
        report = await ask('GET', `/api/commands/${body.id}`, undefined, signal).catch(async (error) => {
          if (error instanceof ConsoleFailure && error.status === 401) throw error;
          // It restarts, or the network does: it has the order on disk.
          await wait(restMs, undefined, { signal }).catch(() => undefined);
          return report;
        });
      }
      return report;
    },
    close: () => dispatcher.destroy(),
  };
}

const isEnd = ({ state }: CommandReport) => state !== 'given' && state !== 'running';

function problemText(content: unknown): string {
  const { title, detail } = (content ?? {}) as { title?: unknown; detail?: unknown };
  return [title, detail]
    .filter((part) => typeof part === 'string')
    .join(': ')
    .slice(0, 300);
}

function failureOf(error: unknown): ConsoleFailure {
  if (error instanceof ConsoleFailure) return error;
  const { message, code } = error as { message?: string; code?: string };
  return new ConsoleFailure(message || code || String(error), undefined, { cause: error });
}
