import { journalConformance } from '../../support/journal-conformance.ts';
import { embeddedJournal } from './embedded-journal.ts';

journalConformance('embedded', () => embeddedJournal());
