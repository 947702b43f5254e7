/** Of people's texts. */
export type Language = 'ja' | 'en';

/** What the environment asks for. */
export function ownLanguage(): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  return (LC_ALL || LC_MESSAGES || LANG || '').startsWith('ja') ? 'ja' : 'en';
}
