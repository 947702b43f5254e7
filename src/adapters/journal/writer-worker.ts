/** The thread that writes: answers each request with what came of it, and opens the file anew after any error. */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { type Committer, openCommitter } from './commit.ts';
import { reason } from './errors.ts';
import { isForWantOfSpace } from './free-space.ts';
import type { CommitReply, CommitRequest, WriterOptions } from './protocol.ts';

/** Log size from which it is moved into the file: large enough to be rare, small enough to read through quickly. */
const CHECKPOINT_BYTES = 8 * 1024 * 1024;

const options = workerData as WriterOptions;
const port = parentPort;
if (port === null) throw new Error('this file is a worker thread');

let committer: Committer | undefined;
let head = 0;
let bytesInLog = 0;
let isCheckpointing = false;

// Copying the log takes as long as the disk wants. Another thread does the bulk while this one goes on committing;
// then only what arrived meanwhile is left, which this thread copies itself, so that the log can begin anew.
let checkpointer: Worker | undefined;

function startCheckpointer(): Worker {
  const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: options.folder });
  worker.on('message', () => {
    isCheckpointing = false;
    try {
      committer?.checkpoint();
    } catch {
      // The log merely stays longer; the next commit meets the same trouble and reports it.
    }
  });
  return worker;
}

port.on('message', (request: CommitRequest | 'close') => {
  if (request === 'close') {
    void close();
    return;
  }
  port.postMessage(answer(request));
  if (bytesInLog < CHECKPOINT_BYTES || isCheckpointing) return;
  bytesInLog = 0;
  isCheckpointing = true;
  checkpointer ??= startCheckpointer();
  checkpointer.postMessage('checkpoint');
});

async function close(): Promise<void> {
  await checkpointer?.terminate();
  committer?.close();
  port?.close();
}

function answer(request: CommitRequest): CommitReply {
  try {
    committer ??= openCommitter(options);
    const reply = committer.commit(request);
    head = reply.head;
    for (const chunk of request.chunks) bytesInLog += chunk.body.length;
    return reply;
  } catch (error) {
    try {
      committer?.close();
    } catch {
      // It is given up anyway; the error that counts is the first.
    }
    committer = undefined;
    const state = isForWantOfSpace(error, options.folder, options.freeBytesMin) ? 'disk-full' : 'failed';
    return { head, state, isCommitted: false, cause: reason(error) };
  }
}
