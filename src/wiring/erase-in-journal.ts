import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { leaveInFolder } from '../adapters/inbox/inbox-folder.ts';
import { createJournal } from '../adapters/journal/create-journal.ts';
import { JournalLocked } from '../adapters/journal/errors.ts';
import { openJournalReader } from '../adapters/journal/open-journal-reader.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { gatewaySource } from '../events/command.ts';
import { privacyErasedType } from '../events/privacy.ts';
import { type EraseRequest, eraseAddress, privacyFolder } from './privacy.ts';

/**
 * Takes an address out of the journal: by the gateway that writes it, or here while none runs.
 * @returns in how many events it was
 * @throws when there is no journal, or it cannot be written
 */
export async function eraseInJournal(settings: Settings, address: string): Promise<number> {
  const folder = join(settings.state.folder, 'journal');
  const request = { id: randomUUID(), address };
  const after = await headOf(folder);
  const journal = await createJournal({ folder, daysMax: settings.journal.days_max }).catch((error) => {
    if (error instanceof JournalLocked) return undefined;
    throw error;
  });
  if (journal === undefined) return askGateway(settings, request, after);
  const source = gatewaySource(settings.state.gateway_name);
  return eraseAddress(journal, source, request).finally(() => journal.close());
}

/** There must be a journal: none is made here. It is closed again at once: the last one to close the file tidies it up. */
async function headOf(folder: string): Promise<number> {
  const reader = await openJournalReader({ folder });
  const head = reader.head();
  await reader.close();
  return head;
}

async function askGateway(settings: Settings, request: EraseRequest, after: number): Promise<number> {
  await leaveInFolder(privacyFolder(settings), request.id, JSON.stringify(request));
  const reader = await openJournalReader({ folder: join(settings.state.folder, 'journal') });
  const { signal } = new AbortController();
  try {
    for await (const { event } of reader.follow({ after, types: [privacyErasedType], signal }))
      if (event.data.erasure === request.id) return Number(event.data.events);
    throw new Error('the journal was closed meanwhile');
  } finally {
    await reader.close();
  }
}
