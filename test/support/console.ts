import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { addToken } from '../../src/console/access/tokens-file.ts';
import { type CommandLog, createCommandLog } from '../../src/console/commands.ts';
import { type Console, type ConsoleOptions, startConsole } from '../../src/console/console.ts';
import type { GivenHere } from '../../src/console/http/handlers.ts';
import { type Role, roles } from '../../src/console/protocol/roles.ts';
import type { Components, Status } from '../../src/console/protocol/schemas.ts';
import { gatewaySource } from '../../src/events/command.ts';
import type { Envelope } from '../../src/events/envelope.ts';

const source = gatewaySource('mx1');
const time = '2026-11-24T12:00:00.000Z';
const chart = { gateway: source, state: 'Running', stateValue: 'Running', transition: 'x', since: time, time };
const component = { ...chart, component: 'agent', version: '1-abc' } as const;

/** What a gateway would say of itself. */
export const status: Status = {
  ...{ ...chart, version: '0.5.0', epoch: 1, method: 'smart' },
  servers: [{ ...chart, server: '127.0.0.1:8443', epoch: 1, failCount: 0, threshold: 3 }],
  ...{ engines: [], components: [component], relays: [] },
};
export const components: Components['components'] = [component];

/** What a gateway says of a command: an event of the lane `commands`. */
export function outcome(id: string, state: 'Running' | 'Done' | 'Failed' | 'Refused', data: object = {}): Envelope {
  return {
    ...{ specversion: '1.0', id: `${id}.${state}`, source, type: `sekisho.command.${state.toLowerCase()}.v1`, time },
    ...{ subject: `command/${id}/mx1`, datacontenttype: 'application/json', dataschema: 'urn:x', correlationid: id },
    ...{ streamversion: 1, severitytext: 'INFO' },
    data: { command: id, transition: 'x', state, order: null, reason: null, failure: null, result: null, ...data },
  } as Envelope;
}

/** A console with a gateway behind it that the test plays, and a token of each role. */
export class ConsoleLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'console-'));
  readonly tokensFile = join(this.folder, 'console', 'tokens');
  readonly commands: CommandLog = createCommandLog('mx1', source);
  readonly given: GivenHere[] = [];
  readonly problems: string[] = [];
  readonly tokens = new Map<Role, string>();
  #server: Console | undefined;
  readonly #agent = new Agent();

  async start(more: Partial<ConsoleOptions> = {}): Promise<void> {
    for (const role of roles) this.tokens.set(role, await this.token(role, role));
    this.#server = await startConsole({
      ...{ listen: { host: '127.0.0.1', port: 0 }, tls: undefined, tokensFile: this.tokensFile },
      onProblem: (problem) => void this.problems.push(problem),
      ...{ status: async () => status, components: async () => components, commands: this.commands },
      give: (command) => {
        this.given.push(command);
        return { givenBy: `/sekisho/console/mx1/${command.by}`, timeMs: Date.parse(time), onDisk: Promise.resolve() };
      },
      ...more,
    });
  }

  get server(): Console {
    if (this.#server === undefined) throw new Error('not started');
    return this.#server;
  }

  token(name: string, role: Role, expiresMs = Date.now() + 3_600_000): Promise<string> {
    return addToken({ file: this.tokensFile, stateFolder: this.folder }, { name, role, expiresMs });
  }

  /** Asks with the token of a role, or with any other header. */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    { as, headers, body }: { as?: Role; headers?: Record<string, string>; body?: unknown } = {},
  ) {
    const shown = as && { authorization: `Bearer ${this.tokens.get(as)}` };
    const sent = body !== undefined && { 'content-type': 'application/json' };
    const answer = await request(`${this.server.url}${path}`, {
      ...{ method, dispatcher: this.#agent, headers: { ...sent, ...shown, ...headers } },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const content = Buffer.from(await answer.body.arrayBuffer());
    return { method, path, status: answer.statusCode, headers: answer.headers, body: content };
  }

  async close(): Promise<void> {
    await this.#agent.close();
    await this.#server?.close();
    rmSync(this.folder, { recursive: true });
  }
}
