import type { Access, Format } from '../format.ts';
import type { Entry } from '../found.ts';
import { isCalendar, readCalendar } from './calendar.ts';
import { isCompoundFile } from './compound-file.ts';
import { readEncodedBlocks } from './encoded-blocks.ts';
import { isFlash, readFlash } from './flash.ts';
import { isMailbox, readMailbox } from './mailbox.ts';
import { readOle } from './ole.ts';
import { isOneNote, readOneNote } from './one-note.ts';
import { isOpenPgp, readOpenPgp } from './open-pgp.ts';
import { isPdf, readPdf } from './pdf/pdf.ts';
import { isPropertyList, readPropertyList } from './property-list.ts';
import { isRtf, readRtf } from './rtf.ts';
import { isShortcut, readShortcut } from './shortcut.ts';
import { isSignedMessage, readSignedMessage } from './signed-message.ts';
import { isTnef, readTnef } from './tnef.ts';

const SAME_LENGTH_MAX = 16;

const FORMATS: readonly Format[] = [
  { name: 'ole', recognises: isCompoundFile, read: readOle },
  { name: 'pdf', recognises: isPdf, read: readPdf },
  { name: 'rtf', recognises: isRtf, read: readRtf },
  { name: 'onenote', recognises: isOneNote, read: readOneNote },
  { name: 'tnef', recognises: isTnef, read: readTnef },
  { name: 'flash', recognises: isFlash, read: readFlash },
  { name: 'plist', recognises: isPropertyList, read: readPropertyList },
  { name: 'cms', recognises: isSignedMessage, read: readSignedMessage },
  { name: 'openpgp', recognises: isOpenPgp, read: readOpenPgp },
  { name: 'shortcut', recognises: isShortcut, read: readShortcut },
  { name: 'calendar', recognises: isCalendar, read: readCalendar },
  { name: 'mbox', recognises: isMailbox, read: readMailbox },
];

/**
 * What is within a document, by every kind that the content may be, and what stands encoded in it. Archives are looked
 * through for encoded blocks as well: a page with an archive at its end is both.
 */
export async function* readDocuments(content: Buffer, access: Access): AsyncGenerator<Entry> {
  const known = new Map<number, Buffer[]>();
  for (const format of FORMATS) {
    if (!format.recognises(content)) continue;
    for await (const entry of format.read(content, access)) {
      yield entry;
      if (entry.content) remember(known, entry.content);
    }
  }
  for (const entry of readEncodedBlocks(content)) {
    const same = known.get(entry.content?.length ?? 0);
    // The digits of RTF are encoded blocks, too.
    if (!same?.some((other) => entry.content?.equals(other))) yield entry;
  }
}

/** A few for each length: with many, comparing costs more than scanning twice. */
function remember(known: Map<number, Buffer[]>, content: Buffer): void {
  const same = known.get(content.length) ?? [];
  if (same.length < SAME_LENGTH_MAX) known.set(content.length, [...same, content]);
}
