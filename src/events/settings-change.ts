/** A setting that is not its default, as the log may hold it. */
export interface SettingInForce {
  section: string;
  key: string;
  /** As it stands in file or environment; secrets are masked. */
  value: string;
  /** `imss.ini:12`, or `environment SEKISHO_SMTP_LISTEN`. */
  from: string;
  /** Tells one secret from another without saying it; absent where the value is none. */
  fingerprint?: string;
}

/** A setting that another value has come into force for. */
export interface ChangedSetting {
  section: string;
  key: string;
  /** Null: the default, where that depends on other settings or on the machine. */
  before: string | null;
  after: string | null;
  /** Where the new value stands. */
  from: string;
  /** The value is not shown, or not in full. */
  secret?: true;
}

/** A key's default as text; null where it depends on something. */
export type DefaultOf = (section: string, key: string) => string | null;

/** What has changed from what was in force to what is, in the order of the new settings, what is gone last. */
export function changedSettings(
  before: readonly SettingInForce[],
  after: readonly SettingInForce[],
  defaultOf: DefaultOf,
): ChangedSetting[] {
  const old = byName(before);
  const added = after.flatMap((now) => change(old.get(nameOf(now)), now, defaultOf));
  const known = byName(after);
  const gone = before.filter((was) => !known.has(nameOf(was))).flatMap((was) => change(was, undefined, defaultOf));
  return [...added, ...gone];
}

function change(
  was: SettingInForce | undefined,
  now: SettingInForce | undefined,
  defaultOf: DefaultOf,
): ChangedSetting[] {
  const named = now ?? was;
  if (named === undefined) return [];
  const { section, key } = named;
  const usual = defaultOf(section, key);
  const [before, after] = [was?.value ?? usual, now?.value ?? usual];
  if (before === after && was?.fingerprint === now?.fingerprint) return [];
  const isSecret = was?.fingerprint !== undefined || now?.fingerprint !== undefined;
  return [{ section, key, before, after, from: now?.from ?? 'default', ...(isSecret && { secret: true as const }) }];
}

const nameOf = ({ section, key }: SettingInForce) => `${section}.${key}`;
const byName = (settings: readonly SettingInForce[]) => new Map(settings.map((each) => [nameOf(each), each]));
