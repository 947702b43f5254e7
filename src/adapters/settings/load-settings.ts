import { access, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { shownText } from './origin.ts';
import { readSettings } from './read-settings.ts';
import type { Settings } from './settings.ts';
import { SettingsError } from './settings-error.ts';

/** Where settings are looked for. */
export interface SettingsLocation {
  /** The file of `--config`. */
  argvConfig?: string | undefined;
  /** May name the file in SEKISHO_CONFIG, and may set any key as SEKISHO_SECTION_KEY. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Working folder, absolute. */
  cwd: string;
}

/** A settings file is a page or two; more is some other file. */
const fileBytesMax = 1_048_576;

/**
 * Loads the settings: from the file of `--config`, else of SEKISHO_CONFIG, else from `imss.ini` in the working folder
 * if there is one, else the defaults; over them what the environment sets. Throws `SettingsError` with all problems.
 */
export async function loadSettings({ argvConfig, environment, cwd }: SettingsLocation): Promise<Settings> {
  const named = argvConfig || environment.SEKISHO_CONFIG || undefined;
  const path = resolve(cwd, named ?? 'imss.ini');
  if (named === undefined && !(await exists(path))) return readSettings({ environment, cwd });
  return readSettings({ file: { path, text: await readText(path) }, environment, cwd });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > fileBytesMax) throw new Error(`it has more than ${fileBytesMax} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    throw new SettingsError([`${shownText(path)}: cannot be read: ${reason(error)}`]);
  }
}

function reason(error: unknown): string {
  if (error instanceof TypeError) return 'it is not UTF-8 text';
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : shownText(message);
}
