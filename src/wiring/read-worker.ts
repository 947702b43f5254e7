import { createReadTask } from '../adapters/message-reader/read-task.ts';
import { contentEngines } from './content-engines.ts';

/** What the threads that read messages run. */
export default createReadTask(contentEngines);
