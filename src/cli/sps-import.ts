import { type Command, Option } from 'commander';
import { printable } from '../events/printable.ts';
import { type ImportFormat, importFormats } from '../sps/data/formats/detect.ts';
import { type ImportReport, importFiles } from '../sps/data/import-files.ts';
import { importRules } from '../sps/data/import-rules.ts';
import { importSample } from '../sps/data/import-sample.ts';
import type { Store } from '../sps/data/store.ts';
import { importProgress } from './import-progress.ts';
import { addedText, reportText, rulesText } from './import-report.ts';
import {
  expiresDays,
  expiresHelp,
  onlySmartHelp,
  priority,
  priorityHelp,
  type SourceOptions,
  settingOf,
  sourceName,
} from './source-options.ts';
import { type LoadSpsAccess, type Output, type SpsAccess, useStore, withExitCode } from './sps-access.ts';

/** Options of `sps import`. */
interface ImportChoice extends SourceOptions {
  agent?: boolean;
  allow?: boolean;
  sample?: boolean;
  name?: string;
  format?: ImportFormat;
  source?: string;
  replace?: boolean;
  pua?: boolean;
}

/** Bad lines that are shown one by one; the rest is counted. */
const badLinesShownMax = 100;

const description =
  'Adds what is known of files by their hashes, all the files at once or nothing. SHA-256 goes into the smart scan pattern, the query filter and ' +
  'the conventional pattern; MD5 and SHA-1 into the conventional pattern only. What a file is, its name and content say: ClamAV (.hdb, .hsb, .hdu, .hsu; ' +
  '.fp, .sfp; the hashes within .cvd and .cld), exports of MalwareBazaar and URLhaus (CSV, also zipped), a feed of MISP (a folder, or events), ' +
  'its warning lists (known good), lists of hashes, also of sha256sum; and YARA rules (.yar). A running server notices within a second and publishes a new version.';

const examples = `
Examples:
  $ sekisho sps import signatures.hsb
  $ sekisho sps import --replace main.cvd daily.cvd
  $ sekisho sps import --source malwarebazaar --expires-days 90 full.zip
  $ sekisho sps import --source mine --priority 80 --agent urgent.txt
  $ sekisho sps import --allow --source gold-image checked.sha256
  $ sekisho sps import --agent --sample --name Win.Worm.Example worm.exe
  $ sekisho sps import rules.yar

Nothing is fetched: do that with curl. Bad lines are shown and left out; a file without one good line changes nothing (exit code 65).
A .yar file takes the place of the one of the same name; one without rules takes them out.`;

/** Adds `import` to `sps`. */
export function addImportCommand(command: Command, load: LoadSpsAccess, output: Output): void {
  command
    .command('import')
    .description(description)
    .argument('<file...>', 'files, or folders with a feed of MISP; with --sample any file')
    .addOption(new Option('--format <format>', 'what the files are, when they do not say it').choices(importFormats))
    .option('--source <name>', 'who says it, for priority and answers; else by the format', sourceName)
    .option('--priority <number>', `of the source: ${priorityHelp}`, priority)
    .option('--expires-days <days>', `of the source: ${expiresHelp}`, expiresDays)
    .option('--only-smart', `of the source: ${onlySmartHelp}`)
    .option('--replace', 'the files are all that the source says: what is not in them goes')
    .option('--allow', 'known good: no malware, whatever sources of lower priority say')
    .option('--agent', 'also into the agent pattern, so that gateways know them without a query')
    .option('--pua', 'from .cvd and .cld also what names potentially unwanted applications')
    .option('--sample', 'the files are malware: known by their hashes, and found within larger files')
    .option('--name <malware>', 'with --sample: the name of the malware; else made of the name of the file')
    .addHelpText('after', examples)
    .action((files: string[], choice: ImportChoice) =>
      withExitCode(async () => importAll(await load(), files, choice, output)),
    );
}

async function importAll(access: SpsAccess, files: string[], choice: ImportChoice, output: Output): Promise<void> {
  const isAlone = (file: string) => choice.sample === true || /\.yara?$/i.test(file);
  await useStore(access, async (store) => {
    for (const file of files.filter(isAlone)) {
      const text = await access.audited({ what: 'sps-import', target: file }, () => importAlone(store, file, choice));
      output.stdout.write(`${printable(file)}: ${text}\n`);
    }
    const others = files.filter((file) => !isAlone(file));
    if (others.length === 0) return;
    const target = others.join(', ');
    const report = await access.audited({ what: 'sps-import', target }, () =>
      importTold(store, others, choice, output),
    );
    output.stdout.write(reportText(report));
  });
}

async function importAlone(store: Store, file: string, choice: ImportChoice): Promise<string> {
  const { agent = false, name } = choice;
  if (!choice.sample) return rulesText(await importRules(store, file, agent), agent);
  return addedText('a sample', importSample(store, file, { agent, ...(name !== undefined && { name }) }), agent);
}

/** With progress, and bad lines as they are met. */
async function importTold(
  store: Store,
  files: readonly string[],
  choice: ImportChoice,
  { stderr }: Output,
): Promise<ImportReport> {
  const { agent = false, allow = false, replace = false, pua = false, format, source } = choice;
  const progress = importProgress(stderr);
  let badLines = 0;
  try {
    return await importFiles(store, files, {
      ...{ agent, allow, replace, withUnwanted: pua },
      ...(format && { format }),
      ...(source && { source }),
      setting: settingOf(choice),
      onBad(place, reason) {
        badLines++;
        if (badLines <= badLinesShownMax) stderr.write(`${printable(`${place}: ${reason}`)}\n`);
      },
      onRead: (file, share, count) => progress.show(`reading ${printable(file)}`, share, count),
      onWrite: (written, total) => progress.show('sorting and writing', written / total, written),
    });
  } finally {
    progress.end();
    if (badLines > badLinesShownMax) stderr.write(`and ${badLines - badLinesShownMax} more bad lines\n`);
  }
}
