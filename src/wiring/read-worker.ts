import { createReadTask } from '../adapters/message-reader/read-task.ts';

/** What the threads that read messages run, with the engines of content patterns by name. */
export default createReadTask({});
