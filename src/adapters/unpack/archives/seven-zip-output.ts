import type { Files, Stream } from './seven-zip-instance.ts';

/** Where 7-Zip is told to write. Nothing is: names of archives never become paths, not even in memory. */
export const OUTPUT = '/out';
const OPEN_FOR_CREATE = 0o100;
const ERRNO = { noEntry: 44, noSpace: 51 };
const FIRST_BYTES = 4096;

/** What may come out of one archive. */
export interface OutputLimits {
  fileBytesMax: number;
  totalBytesMax: number;
  filesMax: number;
}

/** Which limit stopped 7-Zip. */
export type OutputLimit = 'file' | 'total' | 'files';

/** A file that 7-Zip has written. */
export interface OutputFile {
  /** As the archive gives it, folders included. */
  name: string;
  content: Buffer;
}

/** Takes what 7-Zip writes instead of the file system of its instance, and stops it at the limits. */
export class SevenZipOutput {
  readonly #fs: Files;
  readonly #limits: OutputLimits;
  readonly #files: GrowingFile[] = [];
  readonly #byDescriptor = new Map<number, GrowingFile>();
  #bytes = 0;
  #limit: OutputLimit | undefined;

  constructor(fs: Files, limits: OutputLimits) {
    this.#fs = fs;
    this.#limits = limits;
    this.#redirect();
  }

  /** The limit that was met, if one was. */
  get limit(): OutputLimit | undefined {
    return this.#limit;
  }

  files(): OutputFile[] {
    return this.#files.map((file) => ({ name: file.name, content: file.content() }));
  }

  /** 7-Zip sees what it made where it made it; but there are only files with generated names, and folders and links are dropped. */
  #redirect(): void {
    const fs = this.#fs;
    const { open, stat, lstat, mkdir, symlink, utime, chmod, unlink, rmdir } = fs;
    const made = new Map<string, string>([[OUTPUT, '/']]);
    const isOutput = (path: unknown) => typeof path === 'string' && (path === OUTPUT || path.startsWith(`${OUTPUT}/`));
    const there = (path: string): string => {
      const place = made.get(path.replace(/\/$/, ''));
      if (place === undefined) throw new fs.ErrnoError(ERRNO.noEntry);
      return place;
    };
    fs.open = (path, flags, mode) => {
      if (!isOutput(path)) return open(path, flags, mode);
      if (typeof flags !== 'number' || !(flags & OPEN_FOR_CREATE)) throw new fs.ErrnoError(ERRNO.noEntry);
      const place = `/${this.#files.length}`;
      made.set(path, place);
      return this.#create(path.slice(OUTPUT.length + 1), open(place, flags, mode));
    };
    fs.stat = (path) => stat(isOutput(path) ? there(path) : path);
    fs.lstat = (path) => lstat(isOutput(path) ? there(path) : path);
    fs.mkdir = (path, mode) => (isOutput(path) ? made.set(path.replace(/\/$/, ''), '/') : mkdir(path, mode));
    fs.symlink = (target, path) => (isOutput(path) ? undefined : symlink(target, path));
    fs.utime = (path, accessed, modified) => (isOutput(path) ? undefined : utime(path, accessed, modified));
    fs.chmod = (path, mode) => (isOutput(path) ? undefined : chmod(path, mode));
    fs.unlink = (path) => (isOutput(path) ? undefined : unlink(path));
    fs.rmdir = (path) => (isOutput(path) ? undefined : rmdir(path));
    // A length set beforehand is a claim of the archive: only what is written counts.
    fs.ftruncate = (descriptor, length) =>
      this.#byDescriptor.get(descriptor)?.expect(length, this.#limits.fileBytesMax);
  }

  #create(name: string, stream: Stream): Stream {
    if (this.#files.length >= this.#limits.filesMax) return this.#stop('files');
    const file = new GrowingFile(name);
    this.#files.push(file);
    this.#byDescriptor.set(stream.fd, file);
    const write = (_stream: Stream, memory: Int8Array, from: number, length: number, position?: number): number => {
      const at = position ?? stream.position;
      const growth = Math.max(0, at + length - file.size);
      if (at + length > this.#limits.fileBytesMax) return this.#stop('file');
      if (this.#bytes + growth > this.#limits.totalBytesMax) return this.#stop('total');
      this.#bytes += growth;
      file.write(memory.subarray(from, from + length), at);
      return length;
    };
    stream.stream_ops = { ...stream.stream_ops, write };
    return stream;
  }

  #stop(limit: OutputLimit): never {
    this.#limit ??= limit;
    throw new this.#fs.ErrnoError(ERRNO.noSpace);
  }
}

/** A file that is written in any order; what was skipped is zero. */
class GrowingFile {
  readonly name: string;
  #memory = Buffer.alloc(0);
  #size = 0;
  #expected = FIRST_BYTES;

  constructor(name: string) {
    this.name = name;
  }

  get size(): number {
    return this.#size;
  }

  /** Room for what is to come, so that it need not grow by copying. */
  expect(bytes: number, bytesMax: number): void {
    this.#expected = Math.max(FIRST_BYTES, Math.min(bytes, bytesMax));
  }

  write(bytes: Int8Array, at: number): void {
    const end = at + bytes.length;
    if (end > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#memory.length * 2, this.#expected));
      this.#memory.copy(larger, 0, 0, this.#size);
      this.#memory = larger;
    }
    if (at > this.#size) this.#memory.fill(0, this.#size, at);
    this.#memory.set(bytes, at);
    this.#size = Math.max(this.#size, end);
  }

  /** What was written; a copy where keeping it would keep much unused memory. */
  content(): Buffer {
    const content = this.#memory.subarray(0, this.#size);
    return this.#memory.length > this.#size * 2 ? Buffer.from(content) : content;
  }
}
