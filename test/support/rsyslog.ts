import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

const environment = { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter) };

/** Why there can be no rsyslog here, and what to do about it; undefined when it can. */
export function rsyslogMissing(): string | undefined {
  const { status } = spawnSync('rsyslogd', ['-v'], { env: environment });
  const hasTls = spawnSync('sh', ['-c', 'ls /usr/lib/*/rsyslog/lmnsd_gtls.so'], { stdio: 'ignore' }).status === 0;
  if (status === 0 && hasTls) return undefined;
  return 'rsyslog is missing: apt-get install -y --no-install-recommends rsyslog rsyslog-gnutls';
}

/** A message as rsyslog has understood it. */
export interface ReceivedLine {
  /** As it came. */
  raw: string;
  /** Facility times 8 plus severity. */
  pri: string;
  /** RFC 3339. */
  time: string;
  host: string;
  app: string;
  process: string;
  id: string;
  /** Values of the structured data, unescaped, by name. */
  data: Readonly<Record<string, string>>;
  text: string;
}

/** An rsyslogd of our own: one temporary folder, loopback only. Never touches the system's. */
export interface Rsyslog {
  /** Of UDP, TCP and TLS. */
  ports: { udp: number; tcp: number; tls: number };
  lines(): ReceivedLine[];
  /** Resolves when enough lines fit. */
  until(what: string, fits: (line: ReceivedLine) => boolean, count?: number): Promise<ReceivedLine[]>;
  /** Ends it, by kill -9 if told so; `start` starts it again on the same ports. */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes the folder. */
  close(): Promise<void>;
}

/** @param tls PEM of its certificate and key, and of their authority; without it there is no TLS */
export async function startRsyslog(tls?: { ca: string; cert: string; key: string }): Promise<Rsyslog> {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-rsyslog-'));
  const ports = { udp: await freePort(), tcp: await freePort(), tls: await freePort() };
  for (const [name, text] of Object.entries(tls ?? {})) writeFileSync(join(folder, `${name}.pem`), text);
  const output = join(folder, 'out.jsonl');
  writeFileSync(join(folder, 'rsyslog.conf'), configuration(folder, ports, tls !== undefined));
  let child: ChildProcess | undefined;
  let log = '';
  const lines = () => (existsSync(output) ? readFileSync(output, 'utf8').split('\n').slice(0, -1).map(read) : []);
  const self: Rsyslog = {
    ports,
    lines,
    until: (what, fits, count = 1) =>
      eventually(
        what,
        () => {
          const found = lines().filter(fits);
          return found.length >= count && found;
        },
        20_000,
        () =>
          `${lines()
            .map(({ raw }) => raw)
            .join('\n')}\n${log}`,
      ),
    async end(signal = 'SIGTERM') {
      const ending = child;
      child = undefined;
      if (ending === undefined) return;
      const exited = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill(signal);
      await exited;
    },
    async start() {
      rmSync(join(folder, 'pid'), { force: true });
      const argv = ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')];
      child = spawn('rsyslogd', argv, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => {
          log += text;
        });
      // Its inputs begin at different times: each is asked until it answers.
      const from = knocks;
      await eventually(
        'rsyslogd',
        async () =>
          (await connects(ports.tcp)) && (!tls || (await connects(ports.tls))) && knocked(ports.udp, from, lines),
        20_000,
        () => log,
      );
    },
    async close() {
      await self.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await self.start();
  return self;
}

let knocks = 0;

/** Whether it has written a datagram of this start; tried with a new one at each call. */
function knocked(port: number, from: number, lines: () => ReceivedLine[]): boolean {
  knocks += 1;
  const knock = `<14>1 - - knock - - - ${knocks}`;
  spawnSync('bash', ['-c', `echo -n '${knock}' > /dev/udp/127.0.0.1/${port}`]);
  return lines().some(({ app, text }) => app === 'knock' && Number(text) > from);
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function configuration(folder: string, ports: Rsyslog['ports'], hasTls: boolean): string {
  const fields = { raw: 'rawmsg', pri: 'pri', host: 'hostname', app: 'app-name', process: 'procid', id: 'msgid' };
  const properties = Object.entries({ ...fields, data: 'structured-data', text: 'msg' })
    .map(([name, property]) => `property(outname="${name}" name="${property}" format="jsonf")`)
    .join(' ');
  const tls = `
    global(defaultNetstreamDriverCAFile="${folder}/ca.pem" defaultNetstreamDriverCertFile="${folder}/cert.pem"
      defaultNetstreamDriverKeyFile="${folder}/key.pem")
    input(type="imtcp" port="${ports.tls}" address="127.0.0.1" streamDriver.name="gtls" streamDriver.mode="1"
      streamDriver.authMode="anon")`;
  return `
    global(workDirectory="${folder}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
    module(load="imudp") module(load="imtcp")
    input(type="imudp" port="${ports.udp}" address="127.0.0.1")
    input(type="imtcp" port="${ports.tcp}" address="127.0.0.1")
    ${hasTls ? tls : ''}
    template(name="lines" type="list" option.jsonf="on") {
      property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf") ${properties}
    }
    *.* action(type="omfile" file="${folder}/out.jsonl" template="lines" asyncWriting="off")
  `;
}

function read(line: string): ReceivedLine {
  const { data, ...fields } = JSON.parse(line) as Omit<ReceivedLine, 'data'> & { data: string };
  const values = [...data.matchAll(/ ([\w-]+)="((?:[^"\\\]]|\\[\s\S])*)"/g)];
  return {
    ...fields,
    data: Object.fromEntries(values.map(([, name = '', value = '']) => [name, value.replace(/\\([\\"\]])/g, '$1')])),
  };
}
