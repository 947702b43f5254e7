import { lookup } from 'node:dns/promises';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyInstance } from 'fastify';
import { type ClientRules, type Clients, openClients } from './access/clients.ts';
import { currentOverrides } from './data/overrides.ts';
import { starterSet } from './data/starter-set.ts';
import { openStore } from './data/store.ts';
import { type FollowerOptions, type FollowOptions, startFollower } from './following/follower.ts';
import { addAdmission } from './http/admission.ts';
import { knowledgeOfPattern } from './http/from-pattern.ts';
import type { TimesToLive } from './http/query.ts';
import { addResources } from './http/resources.ts';
import { createServer, replaceCertificate, type ServerTls } from './http/server.ts';
import { type Identity, loadIdentity } from './identity/identity.ts';
import type { Publication } from './products/publication.ts';
import type { Published } from './products/published.ts';
import { startPublisher } from './products/publisher.ts';

/** How a Smart Protection Server runs. */
export interface SpsOptions extends ClientRules {
  /** Store, published files, keys and certificates; made when missing. One server to a folder. */
  folder: string;
  /** Address to listen on, e.g. `127.0.0.1` or `::`; of a name, its first address. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Further addresses to listen on. */
  listenAlso?: readonly { host: string; port: number }[];
  /** More DNS names and IP addresses for the certificate, beside localhost, the loopback addresses, the machine's name and `host`. */
  names?: readonly string[];
  /** Which pattern this is: servers that a gateway lists together must agree. Default `sekisho`. */
  patternId?: string;
  /** Share of clean files that are asked about for nothing, between 0 and 1. Default 0.0001. */
  filterFalsePositiveRate?: number;
  /** How long clients may keep answers. Default 900 s for both: a filter is as old, at most. */
  ttl?: TimesToLive;
  /** Whether each import is published by itself; else `sekisho sps publish` does it. Default true. */
  publishesByItself?: boolean;
  /** How long clients should wait before they look for newer components again, seconds. Default 60. */
  componentMinWaitSeconds?: number;
  /** How soon an import is noticed, ms; its publication takes the time of the build on top. Default 1000. */
  importPollMs?: number;
  /** How often the certificate is looked at, ms. Default one hour. */
  certificateCheckMs?: number;
  /** Milliseconds since 1970, for certificates. Default the wall clock. */
  now?: () => number;
  /** Another server, whose components this one serves as they are; then it has no data of its own. */
  follow?: FollowOptions;
  /** Of a server that follows: these versions are served from now on. */
  onFollowed?: FollowerOptions['onFollowed'];
  /** A version is served from now on. */
  onPublished?: (publication: Publication) => void;
  /** Something failed that does not stop the server. */
  onProblem?: (problem: string) => void;
}

/** A running server. */
export interface Sps {
  /** Where `host` is served. */
  port: number;
  /** Certificate of the CA that clients trust, PEM. */
  caFile: string;
  /** Stops listening, lets running requests end within 5 s. */
  close(): Promise<void>;
}

type Closer = () => void | Promise<void>;

const closeMs = 5000;
const ttlDefault: TimesToLive = { knownSeconds: 900, unknownSeconds: 900 };

/**
 * Starts a server. Throws `StoreUnusable`, `IdentityUnusable`, `ClientKeysUnusable`, `ClientAuthoritiesUnusable`, or what the system says with `code`
 * (EADDRINUSE, EACCES, ...); nothing is left running then.
 */
export async function startSps(options: SpsOptions): Promise<Sps> {
  const { folder, host, port, listenAlso = [], onProblem = () => {}, now = Date.now } = options;
  await mkdir(folder, { recursive: true });
  const addresses = [{ host, port }, ...listenAlso];
  const names = certificateNames([...addresses.map((address) => address.host), ...(options.names ?? [])]);
  const load = () => loadIdentity({ folder, names, nowMs: now() });
  const identity = await load();
  const clients = openClients(options, onProblem);
  const closers: Closer[] = [];
  try {
    const content = await (options.follow === undefined
      ? ownContent(options)
      : followedContent(options, options.follow));
    closers.unshift(content.close);
    const { current, followedSeconds } = content;
    const knowledge = knowledgeOfPattern(content);
    const apps: FastifyInstance[] = [];
    const ports: number[] = [];
    for (const address of addresses) {
      const app = createServer(tlsOf(identity, clients), onProblem);
      const charge = addAdmission(app, clients);
      addResources(app, { current, followedSeconds, queries: { knowledge, ttl: options.ttl ?? ttlDefault, charge } });
      closers.unshift(() => closeServer(app));
      // Of a name only one address: Fastify would serve the others of localhost by servers that it does not show.
      await app.listen({ host: (await lookup(address.host)).address, port: address.port });
      apps.push(app);
      ports.push((app.server.address() as AddressInfo).port);
    }
    closers.unshift(keepCertificate(apps, identity, load, clients, options));
    const [firstPort = port] = ports;
    return { port: firstPort, caFile: identity.caFile, close: () => closeAll(closers) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** What is served, and where it comes from. */
interface Content {
  current: () => Published;
  overrides: () => ReadonlySet<string>;
  followedSeconds: (() => number) | undefined;
  close: () => Promise<void>;
}

async function ownContent(options: SpsOptions): Promise<Content> {
  const { folder, onProblem = () => {} } = options;
  const store = openStore(folder, starterSet);
  try {
    const publisher = await startPublisher({
      store,
      folder,
      patternId: options.patternId ?? 'sekisho',
      falsePositiveRate: options.filterFalsePositiveRate ?? 0.0001,
      isAutomatic: options.publishesByItself ?? true,
      minWaitSeconds: options.componentMinWaitSeconds ?? 60,
      pollMs: options.importPollMs ?? 1000,
      onPublished: options.onPublished ?? (() => {}),
      onProblem,
    });
    const close = async () => {
      await publisher.close();
      store.close();
    };
    return { current: publisher.current, overrides: currentOverrides(store), followedSeconds: undefined, close };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** False positives are the business of the server that is followed. */
async function followedContent(options: SpsOptions, follow: FollowOptions): Promise<Content> {
  const { folder, onFollowed = () => {}, onProblem = () => {} } = options;
  const follower = await startFollower({ folder, follow, onFollowed, onProblem });
  const none = new Set<string>();
  return { ...follower, overrides: () => none };
}

function tlsOf(identity: Identity, { authorities }: Clients): ServerTls {
  return { identity: identity.server, clientAuthorities: authorities };
}

/** Everything that a client on this machine, or one that was told the host, would call the server. */
function certificateNames(given: readonly string[]): string[] {
  const wildcards = ['0.0.0.0', '::'];
  const names = ['localhost', '127.0.0.1', '::1', hostname().toLowerCase(), ...given];
  return [...new Set(names)].filter((name) => !wildcards.includes(name));
}

/** Looks now and then whether there is a newer certificate, and shows it from then on. Returns the way to end that. */
function keepCertificate(
  apps: FastifyInstance[],
  first: Identity,
  load: () => Promise<Identity>,
  clients: Clients,
  options: SpsOptions,
) {
  const { certificateCheckMs = 3_600_000, onProblem = () => {} } = options;
  let shown = first.server.certificate;
  const check = async () => {
    const identity = await load();
    if (identity.server.certificate === shown) return;
    for (const app of apps) replaceCertificate(app, tlsOf(identity, clients));
    shown = identity.server.certificate;
  };
  const timer = setInterval(() => {
    check().catch((error: Error) => onProblem(`cannot renew the certificate: ${error.message}`));
  }, certificateCheckMs);
  return () => clearInterval(timer);
}

async function closeServer(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), closeMs);
  await app.close();
  clearTimeout(timer);
}

async function closeAll(closers: readonly Closer[]): Promise<void> {
  for (const close of closers) await close();
}
