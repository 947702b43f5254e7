import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

const environment = { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter) };

/** Why there can be no Dovecot here, and what to do about it; undefined when it can. */
export function dovecotMissing(): string | undefined {
  if (spawnSync('dovecot', ['--version'], { env: environment }).status !== 0 || !existsSync('/usr/lib/dovecot/lmtp'))
    return 'Dovecot is missing: apt-get install -y --no-install-recommends dovecot-lmtpd';
  return process.getuid?.() === 0 ? undefined : 'Dovecot needs root: run the tests as root, e.g. by sudo .ci/run';
}

/** A Dovecot of our own that speaks LMTP: everything in one temporary folder, loopback only. */
export interface Dovecot {
  /** For `[next_hop] url`: `lmtp://…` and `lmtp+unix:…`. */
  url: string;
  socketUrl: string;
  /** Whom it knows, and how many bytes each may have: one that is full says so after the dot. */
  setUsers(bytesMaxByAddress: Readonly<Record<string, number>>): void;
  /** What a user has, each a whole message. */
  mailOf(address: string): string[];
  log(): string;
  stop(): Promise<void>;
}

export async function startDovecot(): Promise<Dovecot> {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-dovecot-'));
  chmodSync(folder, 0o755);
  for (const name of ['run', 'mail']) mkdirSync(join(folder, name), { mode: 0o755 });
  const nobody = Number(spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).stdout);
  chownSync(join(folder, 'mail'), nobody, 0);
  const port = await freePort();
  const users = join(folder, 'users');
  writeFileSync(users, '');
  writeFileSync(join(folder, 'dovecot.conf'), configuration(folder, port));
  const child = spawn('dovecot', ['-c', join(folder, 'dovecot.conf'), '-F'], { env: environment, stdio: 'ignore' });
  const log = () => (existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8') : '');
  await eventually('Dovecot', () => listens(port, child), 20_000, log);
  return {
    url: `lmtp://127.0.0.1:${port}`,
    socketUrl: `lmtp+unix:${join(folder, 'run/lmtp')}`,
    setUsers(bytesMaxByAddress) {
      const lines = Object.entries(bytesMaxByAddress).map(
        ([address, bytes]) => `${address}:::::::userdb_quota_rule=*:bytes=${bytes}\n`,
      );
      writeFileSync(users, lines.join(''));
    },
    mailOf(address) {
      const inbox = join(folder, 'mail', address, 'new');
      return existsSync(inbox) ? readdirSync(inbox).map((name) => readFileSync(join(inbox, name), 'utf8')) : [];
    },
    log,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listens(port: number, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`Dovecot ended with ${child.exitCode}`);
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function configuration(folder: string, port: number): string {
  return `
base_dir = ${folder}/run
state_dir = ${folder}/run
log_path = ${folder}/log
protocols = lmtp
ssl = no
mail_location = maildir:${folder}/mail/%u
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
first_valid_gid = 1
mail_plugins = quota
# A full mailbox is 452, after the dot.
quota_full_tempfail = yes
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = passwd-file
  args = ${folder}/users
}
plugin {
  quota = maildir:User quota
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${port}
  }
  unix_listener lmtp {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
`;
}
