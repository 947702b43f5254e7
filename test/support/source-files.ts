import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A text file of the project. */
export interface ProjectFile {
  /** From the root, with `/`. */
  path: string;
  text: string;
}

/** An import of a source file. */
export interface Import {
  from: string;
  /** A path from the root for a file of the project, else the name of a package or of a `node:` module. */
  to: string;
  typeOnly: boolean;
}

/** Every text file that git has or would take. */
export function projectFiles(): ProjectFile[] {
  const names = execFileSync('git', ['ls-files', '-z', '-c', '-o', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return names
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'));
}

const importForm = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

/** What a file imports, exports from elsewhere, or loads later. */
export function importsOf({ path, text }: ProjectFile): Import[] {
  return [...text.matchAll(importForm)].map(([, type, plain, lazy]) => {
    const target = plain ?? lazy ?? '';
    return {
      from: path,
      to: target.startsWith('.') ? join(dirname(path), target) : target,
      typeOnly: type !== undefined,
    };
  });
}

/** `@scope/name` or `name` of an import; undefined for files of the project and `node:` modules. */
export function packageOf({ to }: Import): string | undefined {
  if (to.startsWith('src/') || to.startsWith('node:') || to.endsWith('package.json')) return undefined;
  return /^(@[^/]+\/)?[^/]+/.exec(to)?.[0];
}
