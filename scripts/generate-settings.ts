/** Writes docs/settings.md and imss.ini.example from the tables of settings: `npm run generate`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Key, Section } from '../src/adapters/settings/section.ts';
import { namedSections, tables, variableOf } from '../src/adapters/settings/tables.ts';

/** As they are shown: sections with a name stand where what they have in common stands. */
const sections = Object.entries<Section>(tables).flatMap(([name, section]): [string, Section][] => {
  if (name === 'policy')
    return [
      [name, section],
      ['policy.NAME', namedSections.policy],
    ];
  if (name === 'smart_scan')
    return [
      [name, section],
      ['service.NAME', namedSections.service],
    ];
  return [[name, section]];
});

const intro = `# Settings

Made from \`src/adapters/settings/sections\` by \`npm run generate\`. Do not edit.

Sekisho reads one file: that of \`--config FILE\`, else of SEKISHO_CONFIG, else \`imss.ini\` in the working folder if there is
one. Without a file every setting has its default. \`imss.ini.example\` holds them all.

- \`[section]\` and \`key = value\`, in UTF-8. \`;\` or \`#\` starts a comment, at the start of a line or after a space.
- A value in double quotes keeps spaces and comment signs; in it \`\\"\` and \`\\\\\` stand for \`"\` and \`\\\`.
- A section and a key in it may stand once only. Names that are not known are refused.
- Relative paths start at the folder of the file; those of the environment and the defaults at the working folder.
- Every key can also be given in the environment, as SEKISHO_SECTION_KEY: \`[smtp] listen\` is \`SEKISHO_SMTP_LISTEN\`. The
  environment goes before the file. (Variables such as SEKISHO_SPS_PORT, which Kubernetes makes for a service, are left alone.)
- All is checked at once, and again at a restart: a running service keeps its old settings when the new ones are wrong.

\`sekisho check-config\` says what is wrong, or shows what differs from the defaults and where it was given.
`;

/** docs/settings.md. */
export function settingsReference(): string {
  const parts = sections.map(([name, { doc, keys }]) => {
    const rows = Object.entries(keys).map(([key, definition]) => row(key, definition));
    const head = '| key | allowed | default | what for | since |\n|---|---|---|---|---|\n';
    return `## [${name}]\n\n${doc}\n\n${head}${rows.join('')}`;
  });
  return [intro, ...parts].join('\n');
}

function row(key: string, { type, default: text, doc, since }: Key<unknown>): string {
  const shown = typeof text !== 'string' ? text.doc : text === '' ? 'empty' : `\`${text}\``;
  const cells = [`\`${key}\``, type.must, shown, doc, since].map((cell) => cell.replaceAll('|', '\\|'));
  return `| ${cells.join(' | ')} |\n`;
}

/** imss.ini.example. */
export function settingsExample(): string {
  const head = '; Settings of Sekisho with their defaults; docs/settings.md says what is allowed.\n';
  const parts = sections.map(([name, { doc, keys }]) => {
    const lines = Object.entries(keys).map(([key, definition]) => example(name, key, definition));
    // A section of a rule, even an empty one, would be a rule.
    return `\n${wrapped(doc)}${namedExamples[name] ?? `[${name}]\n${lines.join('')}`}`;
  });
  return head + parts.join('');
}

const ruleExample = `
; [policy.programs]
; direction = incoming
; file_type = executable
; action = quarantine
;
; [policy.scripts-by-name]
; direction = incoming
; file_name = *.js, *.vbs, *.hta, *.scr
; action = delete_attachment
; also = tag_subject
`;

const serviceExample = `
; [service.cymru]
; kind = mhr
; role = required
;
; [service.virustotal]
; kind = virustotal
; key_file = virustotal.key
; malicious_min = 5
`;

/** Nothing of it is in force. */
const namedExamples: Readonly<Record<string, string>> = { 'policy.NAME': ruleExample, 'service.NAME': serviceExample };

function example(section: string, key: string, { default: text, doc }: Key<unknown>): string {
  const value = typeof text === 'string' ? text : '';
  const derived = typeof text === 'string' ? '' : ` Default: ${text.doc}.`;
  return `\n${wrapped(`${doc}${derived} (${variableOf({ section, key })})`)};${key} = ${value}`.trimEnd().concat('\n');
}

/** Comment lines of at most 100 characters. */
function wrapped(doc: string): string {
  const lines = doc.replaceAll('`', '').match(/\S.{0,96}(?=\s|$)/g) ?? [];
  return lines.map((line) => `; ${line}\n`).join('');
}

/** What is generated, by path from the root of the project. */
export const generated: Readonly<Record<string, () => string>> = {
  'docs/settings.md': settingsReference,
  'imss.ini.example': settingsExample,
};

if (import.meta.main) {
  for (const [path, content] of Object.entries(generated)) {
    await writeFile(fileURLToPath(new URL(`../${path}`, import.meta.url)), content());
  }
}
