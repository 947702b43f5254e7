import { randomUUID } from 'node:crypto';
import { InvalidArgumentError } from 'commander';
import { type ConsoleClient, createConsoleClient } from '../adapters/console-client/console-client.ts';
import { readTokenFile } from '../adapters/console-client/token-file.ts';
import type { CommandReport } from '../console/protocol/schemas.ts';
import { type ComponentName, validSeconds } from '../events/command.ts';
import { type ComponentOutcome, exitCodeOfAll, outcomeHeadings, outcomeRow } from './component-outcome.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { table } from './text-table.ts';

export interface ConsolePushOptions {
  /** Of each gateway, `https://host:port`. */
  console: readonly string[];
  tokenFile?: string;
  caFile?: string;
  /** Seconds. */
  wait: number;
  json?: true;
}

/**
 * Has gateways update a component over their admin APIs, all at the same time, under one id.
 * @throws {CommandFailure} when one did not do it, or says nothing in time
 */
export async function pushByConsole(
  component: ComponentName,
  version: string | undefined,
  options: ConsolePushOptions,
): Promise<void> {
  const { console: urls, tokenFile, caFile, wait, json } = options;
  if (tokenFile === undefined) throw new CommandFailure(exitCodes.usage, '--console needs --token-file');
  if (wait < 1) throw new CommandFailure(exitCodes.usage, '--console needs --wait of 1 second or more');
  const clients = urls.map((url) => [url, clientOf(url, tokenFile, caFile)] as const);
  const body = {
    id: randomUUID(),
    validSeconds: Math.min(Math.max(wait, validSeconds.usual), validSeconds.max),
    ...(version !== undefined && { version }),
  };
  const signal = AbortSignal.timeout(wait * 1000);
  const outcomes = await Promise.all(
    clients.map(([url, client]) => outcomeAt(url, client.order(`/api/components/${component}/update`, body, signal))),
  );
  await Promise.all(clients.map(([, client]) => client.close()));
  process.stdout.write(
    json
      ? `${JSON.stringify({ command: body.id, gateways: outcomes })}\n`
      : table(outcomeHeadings, outcomes.map(outcomeRow)),
  );
  const code = exitCodeOfAll(outcomes);
  const undone = outcomes.filter(({ outcome }) => outcome !== 'done').length;
  if (code !== exitCodes.ok) throw new CommandFailure(code, `${undone} of ${outcomes.length} gateways did not do it`);
}

function clientOf(url: string, tokenFile: string, caFile: string | undefined): ConsoleClient {
  try {
    return createConsoleClient({ url, token: readTokenFile(tokenFile), ...(caFile !== undefined && { caFile }) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? exitCodes.noInput : exitCodes.usage;
    throw new CommandFailure(code, (error as Error).message, { cause: error });
  }
}

/** @param url names the gateway as long as it has not said its own name */
async function outcomeAt(url: string, report: Promise<CommandReport>): Promise<ComponentOutcome> {
  const { host } = new URL(url);
  try {
    return outcomeOf(await report);
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    const reason = isLate ? 'no answer in time' : (error as Error).message;
    const nothing = { before: null, version: null, failure: null };
    return { gateway: host, outcome: isLate ? 'silent' : 'failed', ...nothing, reason };
  }
}

function outcomeOf({ gateway, state, result, failure, reason }: CommandReport): ComponentOutcome {
  const isEnd = state === 'done' || state === 'failed' || state === 'refused';
  return {
    ...{ gateway, outcome: isEnd ? state : 'silent', failure },
    ...{ before: result?.before ?? null, version: result?.version ?? null },
    reason: isEnd ? reason : 'no outcome in time',
  };
}

/** Of `--console`, which may be repeated. */
export function consoleUrls(text: string, before: readonly string[] = []): string[] {
  if (!/^https?:\/\/[^/?#@\s]+\/?$/.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('must be https://host:port.');
  return [...before, text];
}
