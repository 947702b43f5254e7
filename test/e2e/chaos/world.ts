import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/free-port.ts';
import { type LabKafka, startKafka } from '../../support/kafka.ts';
import { Lab, type LabGateway } from '../../support/processes.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

const program = fileURLToPath(new URL('counting-program.ts', import.meta.url));
export const topicPrefix = 'chaos';

/** Everything that faults happen to: real processes, each of which may die at any moment. */
export class World {
  readonly lab: Lab;
  readonly kafka: LabKafka;
  readonly sink: SmtpSink;
  /** Of SMTP; the same over restarts. */
  readonly address: string;
  readonly #given: Readonly<Record<string, string>>;
  readonly #views = new Set<ChildProcess>();
  #gateway: LabGateway | undefined;

  private constructor(lab: Lab, kafka: LabKafka, sink: SmtpSink, address: string, given: Record<string, string>) {
    this.lab = lab;
    this.kafka = kafka;
    this.sink = sink;
    this.address = address;
    this.#given = given;
  }

  /** A broker with its topics, an SPS, a next hop, a gateway and a projection. */
  static async start(): Promise<World> {
    const kafka = await startKafka();
    const lab = new Lab({ 'kafka.brokers': kafka.brokers, 'kafka.topic_prefix': topicPrefix });
    const { code, stderr } = await lab.command('kafka', 'init');
    if (code !== 0) throw new Error(stderr);
    const sps = await lab.sps(await freePort());
    const sink = await startSmtpSink();
    const address = `127.0.0.1:${await freePort()}`;
    const world = new World(lab, kafka, sink, address, {
      'smtp.listen': address,
      'next_hop.url': sink.url,
      'smart_scan.servers': `https://127.0.0.1:${sps.port}`,
    });
    await world.startGateway();
    world.startView();
    return world;
  }

  get journalFolder(): string {
    return join(this.lab.folder, 'state', 'journal');
  }

  /** Where the views of the counting projection are. */
  get viewsState(): string {
    return join(this.lab.folder, 'views');
  }

  async startGateway(): Promise<void> {
    this.#gateway = await this.lab.gateway(this.#given);
  }

  /** kill -9, and starts another. */
  async killGateway(): Promise<void> {
    await this.#gateway?.kill();
    await this.startGateway();
  }

  /** A member of the projection's group, with the view that all members of this machine share. */
  startView(): ChildProcess {
    const view = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH,
        SEKISHO_STATE_FOLDER: this.viewsState,
        SEKISHO_KAFKA_BROKERS: this.kafka.brokers,
        SEKISHO_KAFKA_TOPIC_PREFIX: topicPrefix,
        SEKISHO_PROJECTIONS_SOURCE: 'kafka',
      },
    });
    this.#views.add(view);
    return view;
  }

  /** kill -9 of the projection, and starts another. */
  async killView(): Promise<void> {
    await this.#endViews('SIGKILL');
    this.startView();
  }

  async close(): Promise<void> {
    await this.#endViews('SIGKILL');
    await this.lab.close();
    await this.kafka.close();
    await this.sink.close();
  }

  async #endViews(signal: NodeJS.Signals): Promise<void> {
    const views = [...this.#views];
    this.#views.clear();
    await Promise.all(
      views.map(async (view) => {
        if (view.exitCode !== null || view.signalCode !== null) return;
        const ended = once(view, 'exit');
        view.kill(signal);
        await ended;
      }),
    );
  }
}
