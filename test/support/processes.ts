import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Envelope } from '../../src/events/envelope.ts';

const bin = fileURLToPath(new URL('../../bin/sekisho', import.meta.url));

/** Values by `section.key`, given in the environment: `{ 'smtp.listen': '127.0.0.1:0' }`. */
export type SettingsGiven = Readonly<Record<string, string | number>>;

/** How a process ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running `bin/sekisho` and everything that it has written. */
export class SekishoProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly exited: Promise<Exit>;
  #ended = false;
  #wake: (() => void)[] = [];

  constructor(argv: readonly string[], cwd: string, environment: Record<string, string>) {
    // A group of its own, so that what it starts can be ended with it.
    this.child = spawn(bin, argv, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const endAll = () => this.#killGroup();
    process.once('exit', endAll);
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]?.setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.#look();
      });
    }
    this.exited = once(this.child, 'close').then(([code, signal]) => {
      this.#ended = true;
      process.off('exit', endAll);
      this.#look();
      return { code, signal };
    });
  }

  /** Resolves with what `look` finds in the output so far; throws when the process ends or 20 s pass before. */
  async until<Found>(what: string, look: () => Found | undefined | null | false, timeoutMs = 20_000): Promise<Found> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#look();
    }, timeoutMs);
    try {
      for (;;) {
        const found = look();
        if (found !== undefined && found !== null && found !== false) return found;
        if (late || this.#ended) throw new Error(`no ${what} ${late ? 'in time' : 'before the end'}:\n${this.tail()}`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves with the match in what was written to standard output from `from` on. */
  untilOutput(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return this.until(String(pattern), () => pattern.exec(this.stdout.slice(from)));
  }

  /** The log's messages (JSON lines), from character `from` of standard output on. */
  messages(from = 0): string[] {
    const whole = this.stdout.slice(from, this.stdout.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
  }

  /** SIGTERM, then the end. */
  stop(): Promise<Exit> {
    this.child.kill('SIGTERM');
    return this.exited;
  }

  /** kill -9, of what it has started, too. */
  kill(): Promise<Exit> {
    this.#killGroup();
    return this.exited;
  }

  /** The end of the output, for messages of failed tests. */
  tail(): string {
    return `${this.stdout.slice(-3000)}${this.stderr.slice(-1000)}`;
  }

  #killGroup(): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  #look(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const resolve of waiting) resolve();
  }
}

/** A gateway that listens. */
export interface LabGateway extends SekishoProcess {
  /** Of SMTP, `host:port`. */
  address: string;
}

/** A Smart Protection Server that listens. */
export interface LabSps extends SekishoProcess {
  port: number;
}

/** An event as `sekisho events --format json` writes it. */
export type JournalEvent = Envelope & { sequence: number };

/** The journal, followed live by a process of its own. */
export interface Follower {
  /** All so far, in order. */
  events: JournalEvent[];
  /** The first event of a type (a part of it is enough) that fits, after the given event or point in time. */
  until(type: string, fits?: (event: JournalEvent) => boolean, after?: JournalEvent | Date): Promise<JournalEvent>;
}

function isAfter(event: JournalEvent, after: JournalEvent | Date): boolean {
  return after instanceof Date ? Date.parse(event.time) > after.getTime() : event.sequence > after.sequence;
}

/** A folder with settings and state, and the processes that run on it. */
export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), 'sekisho-e2e-'));
  readonly #given: SettingsGiven;
  readonly #processes = new Set<SekishoProcess>();

  constructor(given: SettingsGiven = {}) {
    this.#given = given;
  }

  /** Writes `imss.ini`, which every command here reads. The environment goes before it. */
  writeIni(text: string): void {
    writeFileSync(join(this.folder, 'imss.ini'), text);
  }

  /** Starts any command. */
  run(argv: readonly string[], given: SettingsGiven = {}): SekishoProcess {
    const settings = { 'state.folder': join(this.folder, 'state'), ...this.#given, ...given };
    const environment: Record<string, string> = { PATH: process.env.PATH ?? '', SEKISHO_LOG_FORMAT: 'json' };
    for (const [name, value] of Object.entries(settings))
      environment[`SEKISHO_${name.replace('.', '_').toUpperCase()}`] = String(value);
    const started = new SekishoProcess(argv, this.folder, environment);
    this.#processes.add(started);
    void started.exited.then(() => this.#processes.delete(started));
    return started;
  }

  /** Runs a command to its end. */
  command(...argv: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return this.commandWith({}, ...argv);
  }

  /** Runs a command with settings of its own to its end. */
  async commandWith(
    given: SettingsGiven,
    ...argv: string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const started = this.run(argv, given);
    const { code } = await started.exited;
    return { code, stdout: started.stdout, stderr: started.stderr };
  }

  /** Starts a gateway on a free port; resolves when it listens. */
  async gateway(given: SettingsGiven = {}): Promise<LabGateway> {
    const started = this.run(['gateway'], { 'smtp.listen': '127.0.0.1:0', ...given });
    const [, address = ''] = await started.untilOutput(/SMTP listens on (\S+);/);
    return Object.assign(started, { address });
  }

  /** Starts an SPS; resolves when it listens. */
  async sps(port: number): Promise<LabSps> {
    const started = this.run(['sps'], { 'sps.listen': `127.0.0.1:${port}` });
    await started.untilOutput(/listens on 127\.0\.0\.1:\d+/);
    return Object.assign(started, { port });
  }

  /** Follows the journal from its beginning; the gateway must have made it. */
  follow(): Follower {
    const reader = this.run(['events', '--follow', '--format', 'json']);
    const events: JournalEvent[] = [];
    let read = 0;
    const readOn = () => {
      const end = reader.stdout.lastIndexOf('\n') + 1;
      for (const line of reader.stdout.slice(read, end).split('\n')) if (line !== '') events.push(JSON.parse(line));
      read = end;
    };
    return {
      get events() {
        readOn();
        return events;
      },
      until: (type, fits = () => true, after = new Date(0)) =>
        reader.until(`event ${type}`, () => {
          readOn();
          return events.find((event) => isAfter(event, after) && event.type.includes(type) && fits(event));
        }),
    };
  }

  /** Ends all processes and removes the folder. */
  async close(): Promise<void> {
    await Promise.all([...this.#processes].map((each) => each.kill()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
