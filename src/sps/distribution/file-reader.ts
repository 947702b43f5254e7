import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A file that is read at any place, by a thread that may wait for the disk. */
export interface FileReader {
  size: number;
  /** So many bytes; throws when the file has become shorter. They stay valid. */
  read(at: number, length: number): Buffer;
  close(): void;
}

/** Opens a file. Throws what the system says. */
export function openFileReader(path: string): FileReader {
  const file = openSync(path, 'r');
  return {
    size: fstatSync(file).size,
    read(at, length) {
      const bytes = Buffer.allocUnsafe(length);
      for (let done = 0; done < length; ) {
        const bytesRead = readSync(file, bytes, done, length - done, at + done);
        if (bytesRead === 0) throw new Error(`${path} became shorter`);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => closeSync(file),
  };
}
