/** The thread that writes: answers each request with what came of it, and opens the file anew after any error. */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { type Committer, openCommitter } from './commit.ts';
import { reason } from './errors.ts';
import { isForWantOfSpace } from './free-space.ts';
import type {
  CommitReply,
  CommitRequest,
  ErasureOrder,
  WriterMessage,
  WriterOptions,
  WriterReply,
} from './protocol.ts';

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

/** Of the thread's time erasing takes a part of this many; commits have the rest. */
const erasingShare = 10;
/** How long after a failure erasing is tried again, and after the start it begins. */
const erasingPauseMs = 1000;

const tell = (reply: WriterReply) => port.postMessage(reply);
let erasing: NodeJS.Timeout | undefined = setTimeout(erase, erasingPauseMs);

port.on('message', (message: WriterMessage) => {
  if (message === 'close') {
    void close();
    return;
  }
  if ('erase' in message) orderErasure(message.erase);
  else commit(message);
});

function commit(request: CommitRequest): void {
  tell(answer(request));
  checkpointIfDue();
}

function orderErasure(order: ErasureOrder): void {
  try {
    committer ??= openCommitter(options);
    committer.erasing.order(order);
    erasing ??= setTimeout(erase, 0);
  } catch {
    giveUp();
    // The main thread does not know: it is ordered again when the thread has crashed, or else at the next start.
    setTimeout(() => orderErasure(order), erasingPauseMs);
  }
}

/** One step, and then as long a rest as leaves commits their share. Ends when nothing is left. */
function erase(): void {
  erasing = undefined;
  const beginMs = performance.now();
  try {
    committer ??= openCommitter(options);
    const step = committer.erasing.step();
    if (step === undefined) return;
    bytesInLog += step.length;
    for (const erased of step.ended) tell({ erased });
    checkpointIfDue();
    erasing = setTimeout(erase, (performance.now() - beginMs) * (erasingShare - 1));
  } catch {
    // Commits meet the same trouble and report it.
    giveUp();
    erasing = setTimeout(erase, erasingPauseMs);
  }
}

function checkpointIfDue(): void {
  if (bytesInLog < CHECKPOINT_BYTES || isCheckpointing) return;
  bytesInLog = 0;
  isCheckpointing = true;
  checkpointer ??= startCheckpointer();
  checkpointer.postMessage('checkpoint');
}

async function close(): Promise<void> {
  clearTimeout(erasing);
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
    giveUp();
    const state = isForWantOfSpace(error, options.folder, options.freeBytesMin) ? 'disk-full' : 'failed';
    return { head, state, isCommitted: false, cause: reason(error) };
  }
}

/** After any error the file is opened anew. */
function giveUp(): void {
  try {
    committer?.close();
  } catch {
    // It is given up anyway; the error that counts is the first.
  }
  committer = undefined;
}
