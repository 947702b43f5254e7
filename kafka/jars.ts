import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pom = fileURLToPath(new URL('pom.xml', import.meta.url));

/** Why no broker can run here, and what to do about it; undefined when one can. */
export function javaMissing(): string | undefined {
  const lacks = (command: string) => spawnSync(command, ['-version'], { stdio: 'ignore' }).status !== 0;
  const missing = [lacks('java') && 'default-jre-headless', !existsSync(jarsFolder()) && lacks('mvn') && 'maven'];
  const packages = missing.filter((name) => typeof name === 'string');
  return packages.length === 0
    ? undefined
    : `A Kafka broker needs Java and Maven: apt-get install -y ${packages.join(' ')}`;
}

/** Where the jars of this pom.xml are kept, for all checkouts. */
function jarsFolder(): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const version = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  return join(cache, 'sekisho', `kafka-${version}`);
}

/**
 * The folder of the broker's jars; fetched by Maven when they are not there yet (about 45 MB).
 * @param tell is told before something that takes long
 * @throws when Maven cannot fetch them, with what it said.
 */
export function kafkaJars(tell: (message: string) => void): string {
  const folder = jarsFolder();
  if (existsSync(folder)) return folder;
  tell('fetching Kafka from Maven Central (45 MB, once)');
  // Moved into place when it is whole: an interrupted or parallel download leaves nothing half-made.
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const argv = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`];
  const { status, stdout, stderr, error } = spawnSync('mvn', [...argv, '-DincludeScope=runtime'], { encoding: 'utf8' });
  if (status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    throw new Error(`Maven could not fetch Kafka: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
  }
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Somebody else was faster.
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Where the classes that a broker of these jars loads are archived (AppCDS). */
export function classArchiveOf(jars: string): string {
  return `${jars}.jsa`;
}
