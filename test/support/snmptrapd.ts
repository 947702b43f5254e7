import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { root } from './source-files.ts';

const environment = { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter) };
const run = (command: string, ...argv: string[]) => spawnSync(command, argv, { env: environment, encoding: 'utf8' });

/** Where SMIv2's own modules and ours are; Debian has none of the former. */
export const mibFolders = [join(root, 'node_modules/net-snmp/lib/mibs'), join(root, 'mibs')].join(':');

/** Why there can be no snmptrapd here, and what to do about it; undefined when it can. */
export function snmpMissing(): string | undefined {
  const missing = ['snmptrapd', 'snmptranslate', 'smilint'].filter(
    (tool) => run(tool, '--version').error !== undefined,
  );
  return missing.length === 0
    ? undefined
    : `${missing.join(', ')} missing: apt-get install -y --no-install-recommends snmp snmptrapd smitools`;
}

/** Runs a tool of Net-SNMP or libsmi to its end. */
export function runSnmpTool(tool: string, ...argv: string[]): string {
  const { status, stdout, stderr } = spawnSync(tool, argv, {
    env: { ...environment, SMIPATH: mibFolders, MIBDIRS: mibFolders },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${tool} ${argv.join(' ')}: ${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

/** Who may send v3. */
export interface SnmpUser {
  name: string;
  /** As `createUser` takes them, e.g. `SHA-256` and `AES`. */
  auth: string;
  authKey: string;
  priv: string;
  privKey: string;
  /** Whose traps: the sender's engine id, hexadecimal. Without it the user is one of informs. */
  engineId?: string;
}

/** A notification as it was received: values by name of object without instance, as SEKISHO-MIB shows them. */
export interface ReceivedNotification {
  /** `TRAP2` or `INFORM`, with community or user. */
  how: string;
  values: Readonly<Record<string, string>>;
}

/** A snmptrapd of our own: one temporary folder, loopback only. */
export interface Snmptrapd {
  port: number;
  received(): ReceivedNotification[];
  /** Everything logged: what was received, and what was refused. */
  log(): string;
  /** Ends it; another one may be started on its port. */
  stop(): Promise<void>;
}

const begin = '--BEGIN--';
const end = '--END--';
const between = '--AND--';

export async function startSnmptrapd({
  community = 'public',
  users = [],
  port,
}: {
  community?: string;
  users?: readonly SnmpUser[];
  port?: number;
} = {}): Promise<Snmptrapd> {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-snmptrapd-'));
  const at = port ?? (await freePort());
  const conf = join(folder, 'snmptrapd.conf');
  writeFileSync(conf, configuration(community, users));
  const logFile = join(folder, 'log');
  const options = ['-f', '-Lf', logFile, '-C', '-c', conf, '-M', mibFolders, '-m', 'SEKISHO-MIB', '-OQa'];
  const child = spawn('snmptrapd', [...options, `udp:127.0.0.1:${at}`], {
    env: { ...environment, SNMP_PERSISTENT_DIR: folder, SNMPCONFPATH: folder },
    stdio: 'ignore',
  });
  const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  await eventually('snmptrapd listens', () => /NET-SNMP version/.test(log()), 20_000, log);
  return {
    port: at,
    log,
    received: () => [...log().matchAll(new RegExp(`${begin}(.*?)${end}`, 'gs'))].map(([, text = '']) => parsed(text)),
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configuration(community: string, users: readonly SnmpUser[]): string {
  const create = ({ engineId, name, auth, authKey, priv, privKey }: SnmpUser) =>
    `createUser ${engineId === undefined ? '' : `-e 0x${engineId} `}${name} ${auth} "${authKey}" ${priv} "${privKey}"`;
  return [
    `authCommunity log ${community}`,
    ...users.map(create),
    ...users.map(({ name }) => `authUser log ${name} priv`),
    'disableAuthorization no',
    // What follows %V, up to the next %, stands between the values.
    `format2 %V${between}%y${begin}%P${between}%v${end}\\n`,
    '',
  ].join('\n');
}

function parsed(text: string): ReceivedNotification {
  const [how = '', ...pairs] = text.split(between);
  const values = pairs.map((pair) => {
    const at = pair.indexOf(' = ');
    return [pair.slice(0, at).replace(/^.*::/, '').replace(/\.0$/, ''), pair.slice(at + 3)] as const;
  });
  return { how, values: Object.fromEntries(values) };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}
