import { execFileSync, spawnSync } from 'node:child_process';
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
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

const environment = { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter) };
const run = (command: string, ...argv: string[]) => spawnSync(command, argv, { env: environment, encoding: 'utf8' });
const output = (command: string, ...argv: string[]) =>
  execFileSync(command, argv, { env: environment, encoding: 'utf8' }).trim();

/** Why there can be no Postfix here, and what to do about it; undefined when it can. */
export function postfixMissing(): string | undefined {
  if (run('postconf', '-d', 'mail_version').status !== 0)
    return 'Postfix is missing: apt-get install -y --no-install-recommends postfix';
  return process.getuid?.() === 0 ? undefined : 'Postfix needs root: run the tests as root, e.g. by sudo .ci/run';
}

/**
 * How long Postfix leaves a mail alone whose queue file it finds locked ("skipped, still being delivered"; the time is
 * fixed in its qmgr_active.c). It then looks at its next wake-up, for which master.cf below says every second.
 */
export const skippedMs = 60_000;

/** A Postfix of our own: everything in one temporary folder, loopback only. Never touches the system's. */
export interface Postfix {
  /** Takes mail into the queue; the gateway is its content_filter (after-queue). */
  queueAddress: string;
  /** The gateway is its smtpd_proxy_filter (before-queue). */
  proxyAddress: string;
  /** Everything logged so far. */
  log(): string;
  /** Every mail delivered so far, whatever its recipient: notifications to senders, too. */
  inbox(): string[];
  /** For messages of failed tests: what is in the queue, and the end of the log. */
  tail(): string;
  stop(): Promise<void>;
}

/** @param gateway where it listens, `host:port`; @param backPort where it hands mail back; @param settings lines of main.cf besides */
export async function startPostfix(gateway: string, backPort: number, settings = ''): Promise<Postfix> {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-postfix-'));
  chmodSync(folder, 0o755);
  const etc = join(folder, 'etc');
  const ports = { queue: await freePort(), proxy: await freePort(), back: backPort };
  for (const name of ['etc', 'spool', 'data', 'mail']) mkdirSync(join(folder, name), { mode: 0o755 });
  chownSync(join(folder, 'data'), Number(output('id', '-u', 'postfix')), 0);
  chownSync(join(folder, 'mail'), Number(output('id', '-u', 'nobody')), 0);
  writeFileSync(join(etc, 'main.cf'), `${mainSettings(folder)}${settings}\n`);
  writeFileSync(join(etc, 'master.cf'), services(gateway, ports));
  const log = () => (existsSync(join(folder, 'maillog')) ? readFileSync(join(folder, 'maillog'), 'utf8') : '');
  const started = run('postfix', '-c', etc, 'start');
  if (started.status !== 0) throw new Error(`postfix start: ${started.stderr}${log()}`);
  const isRunning = () => run('postfix', '-c', etc, 'status').status === 0;
  const inbox = join(folder, 'mail', 'inbox', 'new');
  const queue = () => run('postqueue', '-c', etc, '-j').stdout;
  return {
    queueAddress: `127.0.0.1:${ports.queue}`,
    proxyAddress: `127.0.0.1:${ports.proxy}`,
    log,
    inbox: () => (existsSync(inbox) ? readdirSync(inbox).map((name) => readFileSync(join(inbox, name), 'utf8')) : []),
    tail: () => `Postfix's queue:\n${queue()}Postfix's log:\n${log().slice(-20_000)}`,
    async stop() {
      run('postfix', '-c', etc, 'stop');
      await eventually('end of Postfix', () => !isRunning());
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function mainSettings(folder: string): string {
  return `
compatibility_level = 3.6
queue_directory = ${folder}/spool
data_directory = ${folder}/data
daemon_directory = ${output('postconf', '-dh', 'daemon_directory')}
command_directory = ${output('postconf', '-dh', 'command_directory')}
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${folder}/maillog
maillog_file_prefixes = ${folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.lab.test
mydomain = lab.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
disable_dns_lookups = yes
smtp_host_lookup = native
smtp_tls_security_level = none
smtpd_tls_security_level = none
biff = no
smtputf8_enable = yes
# Every recipient ends in one Maildir, so notifications are seen, too.
virtual_mailbox_domains = static:all
virtual_mailbox_base = ${folder}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 100
virtual_mailbox_limit = 0
mailbox_size_limit = 0
# Fast retries, but not at once: Postfix counts whole seconds and comes one early, so 3s are at least one, and 1s is none.
# A retry that meets the delivery agent before that has let go of the queue file costs skippedMs.
queue_run_delay = 1s
minimal_backoff_time = 3s
maximal_backoff_time = 3s
transport_retry_time = 1s
smtpd_client_connection_count_limit = 0
enable_long_queue_ids = yes
`;
}

function services(gateway: string, ports: { queue: number; proxy: number; back: number }): string {
  const open = '-o smtpd_recipient_restrictions=permit_mynetworks,reject -o smtpd_relay_restrictions=';
  const [host, port] = gateway.split(':');
  return `
127.0.0.1:${ports.queue} inet n - n - - smtpd ${open}
  -o content_filter=scan:[${host}]:${port} -o receive_override_options=no_address_mappings
127.0.0.1:${ports.proxy} inet n - n - - smtpd ${open}
  -o smtpd_proxy_filter=${gateway}
127.0.0.1:${ports.back} inet n - n - 20 smtpd ${open}
  -o syslog_name=postfix/back -o content_filter=
  -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks,no_milters
  -o smtpd_authorized_xforward_hosts=127.0.0.0/8
scan unix - - n - 10 smtp
  -o syslog_name=postfix/scan -o smtp_send_xforward_command=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;
}
