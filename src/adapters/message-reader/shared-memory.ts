/** The same bytes where threads share them: as they are, when they are there already; else a copy. */
export function inSharedMemory(content: Buffer): Buffer {
  if (content.buffer instanceof SharedArrayBuffer) return content;
  const shared = Buffer.from(new SharedArrayBuffer(content.length));
  content.copy(shared);
  return shared;
}
