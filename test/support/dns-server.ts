import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** What a name has: records, or an answer without any. */
export type DnsRecords =
  | { a?: readonly string[]; txt?: readonly (readonly string[])[]; cname?: string }
  | 'nxdomain'
  | 'servfail'
  | 'refused'
  | 'garbage'
  | 'hang';

export interface DnsQuery {
  name: string;
  type: 'A' | 'TXT' | 'other';
  over: 'udp' | 'tcp';
}

/** An authoritative DNS server on loopback that answers by UDP and TCP as a test says (RFC 1035, RFC 7766). */
export interface DnsServer {
  /** `127.0.0.1:port`. */
  address: string;
  port: number;
  /** In the order of arrival. */
  queries: DnsQuery[];
  /** From now on. `cutShort`: answers over UDP say that they were truncated. */
  answer(records: (name: string) => DnsRecords, options?: { cutShort?: boolean }): void;
  stop(): Promise<void>;
  /** Listens again at the same port. */
  start(): Promise<void>;
}

const rcodes: Readonly<Record<string, number>> = { servfail: 2, nxdomain: 3, refused: 5 };
const types: Readonly<Record<number, DnsQuery['type']>> = { 1: 'A', 16: 'TXT' };

export async function startDnsServer(): Promise<DnsServer> {
  let records: (name: string) => DnsRecords = () => 'nxdomain';
  let cutShort = false;
  let udp: DatagramSocket | undefined;
  let tcp: Server | undefined;
  const sockets = new Set<Socket>();

  function reply(message: Buffer, over: DnsQuery['over']): Buffer | undefined {
    const { name, end } = readName(message, 12);
    const type = types[message.readUInt16BE(end)] ?? 'other';
    server.queries.push({ name, type, over });
    const found = records(name);
    if (found === 'hang') return undefined;
    if (found === 'garbage') return Buffer.concat([message.subarray(0, 2), Buffer.from('not a message')]);
    const question = message.subarray(12, end + 4);
    if (typeof found === 'string') return packet(message, rcodes[found] ?? 0, question, []);
    if (over === 'udp' && cutShort) return packet(message, 0, question, [], true);
    return packet(message, 0, question, recordsOf(found, type));
  }

  async function start(): Promise<void> {
    tcp = createServer((socket) => serve(socket));
    tcp.listen(server.port, '127.0.0.1');
    await once(tcp, 'listening');
    server.port = (tcp.address() as { port: number }).port;
    server.address = `127.0.0.1:${server.port}`;
    const bound = createSocket('udp4');
    bound.on('message', (message, from) => {
      const answer = reply(message, 'udp');
      if (answer) bound.send(answer, from.port, from.address);
    });
    bound.bind(server.port, '127.0.0.1');
    await once(bound, 'listening');
    udp = bound;
  }

  function serve(socket: Socket): void {
    let held = Buffer.alloc(0);
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.on('data', (piece) => {
      held = Buffer.concat([held, piece]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const message = held.subarray(2, 2 + held.readUInt16BE(0));
        held = held.subarray(2 + message.length);
        const answer = reply(message, 'tcp');
        if (answer) socket.write(Buffer.concat([uint16(answer.length), answer]));
      }
    });
  }

  const server: DnsServer = {
    address: '',
    port: 0,
    queries: [],
    answer(next, options = {}) {
      records = next;
      cutShort = options.cutShort ?? false;
    },
    start,
    async stop() {
      for (const socket of sockets) socket.destroy();
      const closed = [tcp && once(tcp, 'close'), udp && once(udp, 'close')];
      tcp?.close();
      udp?.close();
      [tcp, udp] = [undefined, undefined];
      await Promise.all(closed);
    },
  };
  await start();
  return server;
}

function packet(query: Buffer, rcode: number, question: Buffer, answers: readonly Buffer[], truncated = false): Buffer {
  const flags = 0x8400 | (truncated ? 0x0200 : 0) | (query.readUInt16BE(2) & 0x0100) | rcode;
  const counts = [1, answers.length, 0, 0].map(uint16);
  return Buffer.concat([query.subarray(0, 2), uint16(flags), ...counts, question, ...answers]);
}

function recordsOf({ a = [], txt = [], cname }: Exclude<DnsRecords, string>, type: DnsQuery['type']): Buffer[] {
  // Every record is of the name that was asked for: a pointer to the question.
  const alias = cname === undefined ? [] : [record(5, writeName(cname))];
  if (type === 'A') return [...alias, ...a.map((address) => record(1, Buffer.from(address.split('.').map(Number))))];
  if (type !== 'TXT') return [];
  return txt.map((pieces) =>
    record(16, Buffer.concat(pieces.map((text) => Buffer.concat([Buffer.of(text.length), Buffer.from(text)])))),
  );
}

function record(type: number, data: Buffer): Buffer {
  const ttl = Buffer.alloc(4);
  return Buffer.concat([uint16(0xc00c), uint16(type), uint16(1), ttl, uint16(data.length), data]);
}

function readName(message: Buffer, from: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = from;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function writeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.of(0)]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 255);
}
