import { type GivenTexts, givenByEnvironment, givenByFile } from './given.ts';
import { parseIni } from './ini.ts';
import type { Settings } from './settings.ts';
import { SettingsError } from './settings-error.ts';
import { keys } from './tables.ts';
import { ValueReader } from './value-reader.ts';

/** Everything that settings are made of. */
export interface SettingsSources {
  /** The settings file, if there is one: its absolute path and its text. */
  file?: { path: string; text: string };
  /** Only `SEKISHO_SECTION_KEY` variables count. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Working folder, absolute: relative paths that stand in no file start here. */
  cwd: string;
}

/** Reads and checks all settings at once; throws `SettingsError` with every problem there is. Touches no file. */
export function readSettings({ file, environment, cwd }: SettingsSources): Settings {
  const none: GivenTexts = { texts: [], problems: [] };
  const inFile = file === undefined ? none : givenByFile(parseIni(file.text), file.path);
  const inEnvironment = givenByEnvironment(environment);
  const reader = new ValueReader([...inFile.texts, ...inEnvironment.texts], { file: file?.path, cwd });
  const values = reader.values();
  const problems = [
    ...inFile.problems,
    ...inEnvironment.problems,
    ...reader.problems,
    ...reader.contradictions(values),
  ];
  if (problems.length > 0)
    throw new SettingsError(problems, reader.isSound('state.folder') ? values.state.folder : undefined);
  return deepFreeze({
    ...values,
    origin: (section: string, key: string) => reader.given(`${section}.${key}`).origin,
    given: () => [...keys.keys()].map((name) => reader.given(name)).filter(({ origin }) => origin.from !== 'default'),
    file: file?.path,
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
