import type { Settings } from '../adapters/settings/settings.ts';
import { createTerminalLog, type TerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import { ClientKeysUnusable } from '../sps/access/client-keys.ts';
import { ClientAuthoritiesUnusable, type ClientRules } from '../sps/access/clients.ts';
import { ImportRefused } from '../sps/data/import-refused.ts';
import { SourceRefused } from '../sps/data/sources.ts';
import { starterSet } from '../sps/data/starter-set.ts';
import { openStore, type Store, StoreBusy, StoreUnusable } from '../sps/data/store.ts';
import { SigningKeysUnusable } from '../sps/identity/signing-keys.ts';
import type { SpsOptions } from '../sps/sps.ts';
import {
  type FeedTold,
  type ReputationTopic,
  reputationKafka,
  startReputationFeed,
} from '../wiring/reputation-feed.ts';
import { type Act, audited } from './audited.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

/** What the commands of `sps` need of the settings. */
export interface SpsAccess {
  server: SpsOptions;
  /** Opens the log where the running server speaks. */
  openLog: () => Pick<TerminalLog, 'log' | 'flush'>;
  /** Where reputation entries are exchanged, if Kafka is set. */
  kafka?: ReputationTopic;
  /** Takes in what others have written there, if that is set; returns the way to end it. */
  startFeed?: (told: FeedTold) => () => Promise<void>;
  /** Does something, and has it in the audit log of the gateway of this state folder, if there is one. */
  audited<Result>(act: Act, work: () => Result | Promise<Result>): Promise<Result>;
}

/** Gives that; called once a command runs. */
export type LoadSpsAccess = () => Promise<SpsAccess>;

/** Where the commands write: `process`, or what a test reads. */
export interface Output {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

export function accessFrom(settings: Settings): SpsAccess {
  const { sps } = settings;
  const [first, ...listenAlso] = sps.listen;
  if (!first) throw new Error('[sps] listen names no address');
  return {
    server: {
      ...first,
      listenAlso,
      folder: sps.folder,
      names: sps.names,
      filterFalsePositiveRate: sps.filter_false_positive_rate,
      publishesByItself: sps.publish_by_itself,
      componentMinWaitSeconds: sps.component_min_wait_seconds,
      ttl: { knownSeconds: sps.answer_ttl_known_seconds, unknownSeconds: sps.answer_ttl_unknown_seconds },
      ...clientRules(settings),
      ...follow(settings),
    },
    ...kafkaParts(settings),
    openLog: () => createTerminalLog(settings.log),
    audited: (act, work) => audited(settings, act, work),
  };
}

/** Throws `CommandFailure` where there is no data of its own that could be built or changed. */
export function refuseFollower({ follow }: Pick<SpsOptions, 'follow'>): void {
  if (follow === undefined) return;
  throw new CommandFailure(
    exitCodes.config,
    `this server follows ${follow.url} and publishes nothing of its own: do it there`,
  );
}

function kafkaParts(settings: Settings): Pick<SpsAccess, 'kafka' | 'startFeed'> {
  const kafka = reputationKafka(settings);
  if (kafka === undefined) return {};
  const { folder, kafka_feed } = settings.sps;
  return { kafka, ...(kafka_feed && { startFeed: (told) => startReputationFeed({ ...kafka, ...told, folder }) }) };
}

function follow({ sps }: Settings): Pick<SpsOptions, 'follow'> {
  const { follow: url, follow_keys_file: keysFile, follow_ca_file: caFile, follow_api_key_file: apiKeyFile } = sps;
  if (url === undefined || keysFile === undefined) return {};
  const trust = { keysFile, ...(caFile !== undefined && { caFile }), ...(apiKeyFile !== undefined && { apiKeyFile }) };
  return { follow: { url, ...trust, intervalMs: sps.follow_seconds * 1000 } };
}

function clientRules({ sps }: Settings): ClientRules {
  const { client_hashes_per_second: perSecond, client_hashes_burst: burst } = sps;
  return {
    ...(sps.client_ca_file !== undefined && { clientCaFile: sps.client_ca_file }),
    ...(sps.client_keys_file !== undefined && { clientKeysFile: sps.client_keys_file }),
    ...(perSecond > 0 && { allowance: { perSecond, burst } }),
  };
}

/** Uses the data of a server that has data of its own. */
export async function useStore(access: SpsAccess, use: (store: Store) => void | Promise<void>): Promise<void> {
  refuseFollower(access.server);
  const store = openStore(access.server.folder, starterSet);
  try {
    await use(store);
  } finally {
    store.close();
  }
}

/** Runs it, and gives its failures their exit codes. */
export async function withExitCode(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ImportRefused) throw new CommandFailure(refusedCode(error), error.message, { cause: error });
    if (error instanceof SourceRefused) throw new CommandFailure(exitCodes.usage, error.message, { cause: error });
    if (error instanceof StoreBusy) throw new CommandFailure(exitCodes.tempFail, error.message, { cause: error });
    if (error instanceof StoreUnusable) throw new CommandFailure(exitCodes.ioError, error.message, { cause: error });
    if (error instanceof SigningKeysUnusable)
      throw new CommandFailure(exitCodes.ioError, error.message, { cause: error });
    if (error instanceof ClientKeysUnusable || error instanceof ClientAuthoritiesUnusable)
      throw new CommandFailure(exitCodes.config, error.message, { cause: error });
    throw error;
  }
}

function refusedCode(error: ImportRefused): ExitCode {
  return error.cause === undefined ? exitCodes.dataError : exitCodes.noInput;
}
