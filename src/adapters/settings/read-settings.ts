import type { PolicyRule } from '../../machines/policy.ts';
import { crossChecks } from './cross-checks.ts';
import { type GivenTexts, givenByEnvironment, givenByFile } from './given.ts';
import { parseIni } from './ini.ts';
import type { GivenText } from './origin.ts';
import { readRules } from './policy-rules.ts';
import { readServices } from './services.ts';
import type { Settings } from './settings.ts';
import { SettingsError } from './settings-error.ts';
import { keys, nameOf } from './tables.ts';
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
  const ini = parseIni(file?.text ?? '');
  const inFile = file === undefined ? none : givenByFile(ini, file.path);
  const inEnvironment = givenByEnvironment(environment);
  const reader = new ValueReader([...inFile.texts, ...inEnvironment.texts], { file: file?.path, cwd });
  const values = reader.values();
  const { rules, ...ofRules } = readRules(ini, file?.path ?? '', reader);
  const { services, ...ofServices } = readServices(ini, file?.path ?? '', reader, values.smart_scan.services);
  const problems = [
    ...inFile.problems,
    ...inEnvironment.problems,
    ...reader.problems,
    ...ofRules.problems,
    ...ofServices.problems,
    ...reader.contradictions(values, [...crossChecks, ...ofRules.checks, ...ofServices.checks]),
  ];
  if (problems.length > 0)
    throw new SettingsError(problems, reader.isSound('state.folder') ? values.state.folder : undefined);
  return deepFreeze({
    ...values,
    origin: (section: string, key: string) => reader.given(`${section}.${key}`).origin,
    given: () => [
      ...[...keys.keys()].map((name) => reader.given(name)).filter(({ origin }) => origin.from !== 'default'),
      ...givenRules(inFile.texts, rules),
      ...inFile.texts.filter(({ section }) => nameOf('service', section) !== undefined),
    ],
    file: file?.path,
    rules,
    services,
    warnings: [...ofRules.warnings, ...ofServices.warnings],
  });
}

/** What the file gives for rules, and as their order counts, that, too. */
function givenRules(texts: readonly GivenText[], rules: readonly PolicyRule[]): GivenText[] {
  const ofRules = texts.filter(({ section }) => nameOf('policy', section) !== undefined);
  const [first] = ofRules;
  if (first === undefined) return [];
  const order = rules.map(({ name }) => name).join(', ');
  return [{ section: 'policy', key: 'order', text: order, origin: first.origin }, ...ofRules];
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
