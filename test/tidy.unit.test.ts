import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Import, importsOf, packageOf, projectFiles, root } from './support/source-files.ts';

/** The rules of the house that no linter knows. docs/architecture.md says why each is there. */

const files = projectFiles();
const sources = files.filter(({ path }) => path.startsWith('src/') && path.endsWith('.ts'));
const imports = sources.flatMap(importsOf);
const lineCount = (text: string) => text.trimEnd().split('\n').length;

describe('size', () => {
  test('no source file has more than 400 lines', () => {
    expect(sources.filter(({ text }) => lineCount(text) > 400).map(({ path }) => path)).toEqual([]);
  });

  test('half of the source files have at most 80 lines', () => {
    const counts = sources.map(({ text }) => lineCount(text)).sort((a, b) => a - b);
    expect(counts[Math.floor(counts.length / 2)]).toBeLessThanOrEqual(80);
  });
});

describe('maps', () => {
  const folders = new Set(sources.map(({ path }) => /^src\/(adapters\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? 'src'));

  test.each([...folders].filter((folder) => folder !== 'src'))('%s has a README.md', (folder) => {
    expect(existsSync(join(root, folder, 'README.md'))).toBe(true);
  });

  test('a README.md under src has at most 20 lines', () => {
    const maps = files.filter(({ path }) => /^src\/.*README\.md$/.test(path));
    expect(maps.filter(({ text }) => lineCount(text) > 20).map(({ path }) => path)).toEqual([]);
  });

  test('tests stand where their sources stand', () => {
    const besides = /^test\/(model|fuzz|support|scripts|bench|fixtures|e2e|kafka)(\/|$)|^test$/;
    const folders = new Set(files.filter(({ path }) => path.endsWith('.test.ts')).map(({ path }) => dirname(path)));
    const lost = [...folders].filter(
      (folder) => !besides.test(folder) && !existsSync(join(root, folder.replace(/^test/, 'src'))),
    );
    expect(lost).toEqual([]);
  });

  test('the name of a test says its kind', () => {
    const tests = files.filter(({ path }) => path.endsWith('.test.ts')).map(({ path }) => path);
    expect(tests.filter((path) => !/\.(unit|int|e2e|model)\.test\.ts$/.test(path))).toEqual([]);
  });
});

/** What files of a folder may import, as beginnings of paths and names of packages. */
interface Border {
  folder: string;
  may: readonly string[];
}

const borders: readonly Border[] = [
  // Invariant 4: pure.
  { folder: 'src/events/', may: ['src/events/', 'typebox'] },
  { folder: 'src/machines/', may: ['src/events/', 'src/machines/', 'xstate'] },
  { folder: 'src/projections/', may: ['src/events/', 'src/machines/', 'src/projections/', 'xstate'] },
  { folder: 'src/http/', may: ['src/http/', 'node:', 'fastify', 'typebox'] },
  // Ports are declared by the actors that need them; who implements them is the wiring's business.
  { folder: 'src/actors/', may: ['src/actors/', 'src/events/', 'src/machines/', 'xstate'] },
];

const within = (path: string, beginnings: readonly string[]) =>
  beginnings.some((beginning) => path.startsWith(beginning));
const shown = ({ from, to }: Import) => `${from} imports ${to}`;

describe('import borders', () => {
  test.each(borders)('$folder imports nothing but $may', ({ folder, may }) => {
    const wrong = imports.filter(({ from, to }) => from.startsWith(folder) && !within(to, may));
    expect(wrong.map(shown)).toEqual([]);
  });

  test('adapters know of the actors only the ports, and of what is around them nothing', () => {
    // The client of the SPS speaks its language.
    const speaks = ['src/adapters/sps-client/', 'src/adapters/update-source/'];
    const isContract = (to: string) =>
      to.startsWith('src/projections/ports/') || to === 'src/projections/projection.ts';
    const wrong = imports.filter(
      ({ from, to }) =>
        from.startsWith('src/adapters/') &&
        !(within(from, speaks) && to.startsWith('src/sps/protocol/')) &&
        !(from.startsWith('src/adapters/console-client/') && to.startsWith('src/console/protocol/')) &&
        (within(to, ['src/wiring/', 'src/cli/', 'src/sps/', 'src/console/']) ||
          (to.startsWith('src/projections/') && !isContract(to)) ||
          (to.startsWith('src/actors/') && !to.startsWith('src/actors/ports/'))),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  test('the SPS knows nothing of the gateway', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        from.startsWith('src/sps/') && within(to, ['src/actors/', 'src/machines/', 'src/wiring/', 'src/cli/']),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  test('the console knows events, and is handed the rest: nothing of actors, machines and projections', () => {
    const may = [
      ...['src/console/', 'src/events/', 'src/actors/ports/', 'src/http/'],
      ...['src/adapters/files/', 'src/adapters/journal/file-lock.ts'],
      'src/adapters/settings/values/host.ts',
    ];
    const wrong = imports.filter(
      ({ from, to }) => from.startsWith('src/console/') && to.startsWith('src/') && !within(to, may),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  test('only the wiring and the command line know both actors and adapters', () => {
    const knows = (path: string, folder: string) =>
      imports.some(({ from, to }) => from === path && to.startsWith(folder) && !to.startsWith('src/actors/ports/'));
    const both = sources
      .map(({ path }) => path)
      .filter((path) => knows(path, 'src/actors/') && knows(path, 'src/adapters/'));
    expect(both.filter((path) => !within(path, ['src/wiring/', 'src/cli/']))).toEqual([]);
  });

  test('only the command line imports the command line', () => {
    expect(
      imports.filter(({ from, to }) => to.startsWith('src/cli/') && !from.startsWith('src/cli/')).map(shown),
    ).toEqual([]);
  });

  test('source imports nothing from tests, scripts or benchmarks', () => {
    expect(imports.filter(({ to }) => within(to, ['test/', 'scripts/', 'bench/'])).map(shown)).toEqual([]);
  });

  const homes: Record<string, readonly string[]> = {
    undici: ['src/adapters/console-client/', 'src/adapters/sps-client/'],
    'smtp-server': ['src/adapters/smtp/'],
    pino: ['src/adapters/terminal-log/'],
    'pino-pretty': ['src/adapters/terminal-log/'],
    yauzl: ['src/adapters/unpack/', 'src/sps/data/formats/'],
    fastify: ['src/sps/', 'src/console/', 'src/http/'],
    '@peculiar/x509': ['src/sps/'],
    commander: ['src/cli/'],
    'node:sqlite': [
      ...[
        'src/adapters/journal/',
        'src/adapters/notification-outbox/',
        'src/adapters/projection-store/',
        'src/adapters/backup/',
        'src/sps/',
      ],
    ],
    tar: ['src/adapters/backup/'],
    '7z-wasm': ['src/adapters/unpack/archives/'],
    piscina: ['src/adapters/message-reader/'],
    kafkajs: ['src/adapters/kafka/'],
    '@prometheus-io/client': ['src/adapters/metrics/'],
    nodemailer: ['src/adapters/notify-mail/'],
    'net-snmp': ['src/adapters/snmp/'],
    '@virustotal/yara-x': ['src/adapters/yara/'],
  };

  test.each(Object.entries(homes))('%s is imported only in %s', (name, homes) => {
    const users = imports.filter((each) => each.to === name || packageOf(each) === name);
    expect(users.filter(({ from }) => !within(from, homes)).map(shown)).toEqual([]);
  });

  test('what runs at a user needs no package of development', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
    // Pictures of the machines are made by the generator only.
    const running = imports.filter(({ from }) => !from.startsWith('src/statecharts/'));
    const missing = running.filter((each) => !Object.hasOwn(dependencies, packageOf(each) ?? 'xstate'));
    expect(missing.map(shown)).toEqual([]);
    expect(running.filter(({ to }) => to.startsWith('src/statecharts/')).map(shown)).toEqual([]);
  });

  test('no file imports itself by way of others', () => {
    expect(cycle(imports.filter(({ typeOnly }) => !typeOnly))).toEqual([]);
  });
});

/** The first circle of imports, or nothing. */
function cycle(imports: readonly Import[]): string[] {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): string[] => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const { to } of targets.get(path) ?? []) {
      const found = visit(to, [...way, path]);
      if (found.length > 0) return found;
    }
    done.add(path);
    return [];
  };
  for (const path of targets.keys()) {
    const found = visit(path, []);
    if (found.length > 0) return found;
  }
  return [];
}

/** Lines of code (not of comments) under the folders that match. */
function linesWith(pattern: RegExp, folders: readonly string[], except: readonly string[] = []): string[] {
  return sources
    .filter(({ path }) => within(path, folders) && !within(path, except))
    .flatMap(({ path, text }) => text.split('\n').map((line, index) => ({ place: `${path}:${index + 1}`, line })))
    .filter(({ line }) => !/^\s*(\/\/|\*|\/\*)/.test(line) && pattern.test(line))
    .map(({ place, line }) => `${place}: ${line.trim()}`);
}

describe('what code may touch', () => {
  test('machines, events and projections have no clock and no chance (invariant 4)', () => {
    const pattern = /\b(Date\.now|new Date\(\)|Math\.random|setTimeout\(|setInterval\(|performance\.)/;
    expect(linesWith(pattern, ['src/machines/', 'src/events/', 'src/projections/'])).toEqual([]);
  });

  test('arguments and environment are read by the command line alone', () => {
    expect(linesWith(/\bprocess\.(env|argv)\b/, ['src/'], ['src/cli/'])).toEqual([]);
  });

  test('nobody writes to the console', () => {
    expect(linesWith(/\bconsole\.\w+\(/, ['src/'])).toEqual([]);
  });
});

describe('what no file may name', () => {
  const find = (pattern: RegExp) =>
    files.flatMap(({ path, text }) => (pattern.exec(text) ?? []).slice(0, 1).map((found) => `${path}: ${found}`));

  test('a path of the machine it was written on', () => {
    expect(find(/(?<![\w.*-])\/(work|root|home\/\w+|Users\/\w+)\/[\w.-]/)).toEqual([]);
  });

  test('the host of a package registry', () => {
    expect(find(/https?:\/\/[\w.-]*(registry|artifactory|nexus|verdaccio|pypi)[\w-]*[.:/]/i)).toEqual([]);
    expect(files.filter(({ path }) => path.endsWith('.npmrc')).map(({ path }) => path)).toEqual([]);
  });
});
