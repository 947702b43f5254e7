import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressBlock } from '../../http/address-block.ts';
import { sendProblem } from '../../http/problem.ts';
import type { Allowance } from '../../http/token-buckets.ts';
import type { ClientKeys } from '../access/client-keys.ts';
import type { Clients } from '../access/clients.ts';

/** Somebody who asks. */
interface Caller {
  /** `key <name>`, `certificate <fingerprint>` or `address <block>`. */
  id: string;
  allowance?: Allowance;
}

/** Takes what a request costs beyond the one that every request costs. */
export type Charge = (request: FastifyRequest, count: number) => void;

interface Refusal {
  status: 401 | 403;
  detail: string;
}

/**
 * Lets in whom the settings name, by key or by certificate (either is enough), and holds back whoever asks too much: 401, 403 or
 * 429 with `Retry-After`. A request costs one, a query as many as it has hashes.
 */
export function addAdmission(app: FastifyInstance, clients: Clients): Charge {
  const { authorities, keys, buckets } = clients;
  const isOpen = keys === undefined && authorities === undefined;
  if (isOpen && clients.allowance === undefined) return () => {};
  const charged = new WeakMap<FastifyRequest, Required<Caller>>();
  const ofSocket = perSocket(isOpen ? byAddress : byCertificate);

  app.addHook('onRequest', (request, reply, done) => {
    const caller = (keys && byKey(request, keys)) ?? ofSocket(request.socket as TLSSocket);
    if ('status' in caller) return void refuse(reply, refusalOf(request, caller, clients), keys !== undefined);
    const { id, allowance = clients.allowance } = caller;
    if (allowance !== undefined) {
      const waitSeconds = buckets.waitSeconds(id, allowance);
      if (waitSeconds > 0) return void throttle(reply, waitSeconds);
      buckets.take(id, allowance, 1);
      charged.set(request, { id, allowance });
    }
    done();
  });
  return (request, count) => {
    const caller = charged.get(request);
    if (caller !== undefined) buckets.take(caller.id, caller.allowance, count);
  };
}

type Who = Caller | Refusal;

/** Who is behind a connection does not change, and to look costs as much as an answer. */
function perSocket(find: (socket: TLSSocket) => Who): (socket: TLSSocket) => Who {
  const known = new WeakMap<TLSSocket, Who>();
  return (socket) => {
    const who = known.get(socket) ?? find(socket);
    known.set(socket, who);
    return who;
  };
}

function byAddress({ remoteAddress = '' }: TLSSocket): Who {
  return { id: `address ${addressBlock(remoteAddress)}` };
}

function byCertificate(socket: TLSSocket): Who {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { status: 401, detail: 'nothing was shown' };
  if (socket.authorized) return { id: `certificate ${certificate.fingerprint256}` };
  return { status: 403, detail: 'the certificate is not of an authority that is trusted here, or not in force' };
}

function byKey({ headers }: FastifyRequest, keys: ClientKeys): Caller | undefined {
  const key = bearer.exec(headers.authorization ?? '')?.[1];
  const holder = key === undefined ? undefined : keys.holderOf(key);
  if (holder === undefined) return undefined;
  return { id: `key ${holder.name}`, ...(holder.allowance && { allowance: holder.allowance }) };
}

const bearer = /^Bearer +([\x21-\x7e]+) *$/i;

/** The sentence for whoever was refused. */
function refusalOf({ headers }: FastifyRequest, refusal: Refusal, { keys, authorities }: Clients): Refusal {
  if (keys !== undefined && headers.authorization !== undefined)
    return { status: 401, detail: 'this key is not known here' };
  if (refusal.status === 403) return refusal;
  const wanted = [
    ...(keys === undefined ? [] : ['a key (Authorization: Bearer)']),
    ...(authorities === undefined ? [] : ['a client certificate']),
  ];
  return { status: 401, detail: `this server answers those who show ${wanted.join(' or ')}` };
}

function refuse(reply: FastifyReply, { status, detail }: Refusal, takesKeys: boolean): void {
  // RFC 9110 11.6.1: a 401 says how to show who one is. For a certificate there is no scheme.
  if (status === 401) reply.header('www-authenticate', takesKeys ? 'Bearer realm="sekisho"' : 'Certificate');
  sendProblem(reply, status, detail);
}

function throttle(reply: FastifyReply, waitSeconds: number): void {
  const seconds = Math.max(1, Math.ceil(waitSeconds));
  sendProblem(reply.header('retry-after', String(seconds)), 429, `more than allowed; again in ${seconds} s`);
}
