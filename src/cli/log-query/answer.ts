import { ViewDamaged } from '../../adapters/projection-store/damage.ts';
import type { LogQuery } from '../../projections/log-entries/query.ts';
import { onceMoreIfDamaged, openView } from '../../wiring/open-view.ts';
import type { ProjectionSettings } from '../../wiring/projection-source.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import type { Log, Shown } from './logs.ts';
import { watched } from './progress.ts';
import { TextOutput } from './text-output.ts';

/** What UTF-8 begins with for programs that take it for something else otherwise, such as Excel. */
const byteOrderMark = '\ufeff';

export interface Question {
  log: Log;
  wanted: LogQuery;
  shown: Pick<Shown, 'format' | 'language'>;
  /** Begin with a byte order mark. */
  bom: boolean;
}

/** Writes what is found to a stream, bit by bit; hints go to `warn`. */
export async function answer(
  settings: ProjectionSettings,
  { log, wanted, shown, bom }: Question,
  stream: NodeJS.WritableStream,
  warn: (line: string) => void,
): Promise<void> {
  const output = new TextOutput(stream);
  const onMore = () => warn(moreThan(wanted.limit));
  await onceMoreIfDamaged(warn, async () => {
    const view = await openView({ settings, projection: log.projection, warn });
    try {
      const seen = watched(view, warn, () => output.tick());
      let before = bom ? byteOrderMark : '';
      for (const text of log.answer(seen, wanted, { ...shown, onMore })) {
        await output.add(before + text);
        before = '';
      }
    } catch (error) {
      if (!(error instanceof ViewDamaged)) throw error;
      if (output.hasWritten) throw cutOff(error);
      output.discard();
      throw error;
    } finally {
      view.close();
    }
  });
  await output.flush();
  if (!output.hasWritten && shown.format === 'table') warn('Nothing fits.');
}

function moreThan(limit: number): string {
  return `These are the newest ${limit}; there are more: --limit for more of them, --since and --until for others.`;
}

/** What was shown cannot be taken back, and a new answer would show it twice. */
function cutOff(cause: ViewDamaged): CommandFailure {
  return new CommandFailure(exitCodes.tempFail, `${cause.message}; the answer is cut off, ask again`, { cause });
}
