import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CommandContext, CommandEntry } from '../../src/cli/commands.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { CommandFailure } from '../../src/cli/failure.ts';
import { run } from '../../src/cli/program.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'sekisho-cli-'));
});
afterEach(() => rm(cwd, { recursive: true }));

type Action = (context: CommandContext) => unknown;

/** Commands for the test: `work` does what it is given, `other` must not be loaded. */
function entries(action: Action): { entries: CommandEntry[]; loaded: string[] } {
  const loaded: string[] = [];
  const entry = (name: string): CommandEntry => ({
    name,
    summary: `the ${name} command`,
    load: async () => {
      loaded.push(name);
      return {
        configure: (command, context) => {
          const act = async () => void (await action(context));
          command.option('--fast', 'be quick').action(act);
          command.command('inner').action(act);
        },
      };
    },
  });
  return { entries: [entry('work'), entry('other')], loaded };
}

async function runWith(argv: string[], action: Action = () => {}, environment = {}) {
  const errors: string[] = [];
  const shown: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => shown.push(String(text)) > 0);
  const commands = entries(action);
  const writeError = (text: string) => errors.push(text);
  try {
    const code = await run({ argv, environment, cwd, writeError }, commands.entries);
    return { code, errors: errors.join(''), shown: shown.join(''), loaded: commands.loaded };
  } finally {
    write.mockRestore();
  }
}

describe('loading', () => {
  test('help lists every command and loads none', async () => {
    const { code, shown, loaded } = await runWith(['--help']);
    expect(code).toBe(0);
    expect(shown).toContain('the work command');
    expect(shown).toContain('Exit codes:');
    expect(loaded).toEqual([]);
  });

  test('only the command that runs is loaded, once', async () => {
    const ran: string[] = [];
    const { code, loaded } = await runWith(['work', '--fast'], () => ran.push('work'));
    expect({ code, loaded, ran }).toEqual({ code: 0, loaded: ['work'], ran: ['work'] });
  });

  test('a command may have commands of its own', async () => {
    const ran: string[] = [];
    await runWith(['work', 'inner'], () => ran.push('inner'));
    expect(ran).toEqual(['inner']);
  });

  test.each([[['help', 'work']], [['work', '--help']]])('%j shows the options of the command', async (argv) => {
    const { code, shown } = await runWith(argv);
    expect(code).toBe(0);
    expect(shown).toContain('--fast');
  });
});

describe('settings', () => {
  test.each([[['--config', 'my.ini', 'work']], [['work', '--config', 'my.ini']], [['-c', 'my.ini', 'work']]])(
    '%j reads that file',
    async (argv) => {
      await writeFile(join(cwd, 'my.ini'), '[log]\nlevel = warn');
      const levels: string[] = [];
      await runWith(argv, async (context) => levels.push((await context.settings()).log.level));
      expect(levels).toEqual(['warn']);
    },
  );

  test('every problem is a line of its own, and the exit code is 78', async () => {
    const environment = { SEKISHO_LOG_LEVEL: 'loud', SEKISHO_LOG_FORMAT: 'nice' };
    const { code, errors } = await runWith(['work'], (context) => context.settings(), environment);
    expect(code).toBe(78);
    expect(errors).toBe(
      'sekisho: SEKISHO_LOG_LEVEL=loud: must be one of debug, info, warn, error\n' +
        'sekisho: SEKISHO_LOG_FORMAT=nice: must be one of auto, pretty, json\n',
    );
  });
});

describe('failures', () => {
  const systemError = (code: string) => Object.assign(new Error(code), { code });

  test.each([
    ['a failure with its exit code', new CommandFailure(exitCodes.noInput, 'x'), 66],
    ['a port in use', systemError('EADDRINUSE'), 69],
    ['a disk that is full', systemError('ENOSPC'), 74],
    ['no permission', systemError('EACCES'), 77],
    ['what its cause says', new Error('cannot listen', { cause: systemError('EADDRINUSE') }), 69],
    ['a defect', new TypeError('x'), 70],
    ['a defect with a cause', new Error('x', { cause: new TypeError('y') }), 70],
    ['something that is no error', 'x', 70],
  ])('%s', async (_name, thrown, expected) => {
    const { code } = await runWith(['work'], () => Promise.reject(thrown));
    expect(code).toBe(expected);
  });

  const fail = () => Promise.reject(new CommandFailure(exitCodes.unavailable, 'port 25 is in use'));

  test('a failure is one line without stack', async () => {
    expect((await runWith(['work'], fail)).errors).toBe('sekisho: port 25 is in use\n');
  });

  test.each([
    [['--debug', 'work'], {}],
    [['work'], { SEKISHO_DEBUG: '1' }],
  ])('%j %j shows the stack', async (argv, environment) => {
    expect((await runWith(argv, fail, environment)).errors).toMatch(
      /^sekisho: port 25 is in use\nCommandFailure: .*\n +at /,
    );
  });

  test.each([
    [['wrok'], "sekisho: unknown command 'wrok' (Did you mean work?)\n"],
    [['work', '--fats'], "sekisho: unknown option '--fats' (Did you mean --fast?)\n"],
    [['--config'], "sekisho: option '-c, --config <file>' argument missing\n"],
  ])('%j is wrong usage, 64', async (argv, message) => {
    const { code, errors } = await runWith(argv);
    expect(code).toBe(64);
    expect(errors).toBe(message);
  });

  test('no command at all is wrong usage and shows the help', async () => {
    const { code, errors } = await runWith([]);
    expect(code).toBe(64);
    expect(errors).toContain('Usage: sekisho');
  });
});
