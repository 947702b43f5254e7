import { open, rename } from 'node:fs/promises';

/** Whole or not at all, and never readable by others for a moment when the mode says so. */
export async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  const handle = await open(`${file}.new`, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}
