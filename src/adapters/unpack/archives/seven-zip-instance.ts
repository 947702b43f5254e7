import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import sevenZip from '7z-wasm';

/** Decoders ask for the size of dictionary that the archive names: 7z at its strongest uses 256 MiB. */
const HEAP_BYTES_MAX = 384 * 1024 * 1024;

/** A file that is open in an instance (emscripten's FSStream). */
export interface Stream {
  stream_ops: object;
  position: number;
  fd: number;
}

/** What is used of emscripten's file system, which is all in memory. Paths may be nodes where emscripten calls itself. */
export interface Files {
  open(path: string, flags: number | string, mode?: number): Stream;
  stat(path: string): object;
  lstat(path: string): object;
  mkdir(path: string, mode?: number): unknown;
  rmdir(path: string): unknown;
  unlink(path: string): unknown;
  symlink(target: string, path: string): unknown;
  utime(path: string, accessed: number, modified: number): unknown;
  chmod(path: string, mode: number): unknown;
  ftruncate(descriptor: number, length: number): unknown;
  /** With `canOwn` the data are not copied. */
  createDataFile(
    parent: string,
    name: string,
    data: Uint8Array,
    canRead: boolean,
    canWrite: boolean,
    canOwn: boolean,
  ): unknown;
  ErrnoError: new (errno: number) => Error;
}

/** One 7-Zip with memory and files of its own. */
export interface Instance {
  FS: Files;
  /** Runs to its end on the caller's thread; may throw whatever 7-Zip throws. Once only. */
  callMain(args: string[]): number;
}

type Imports = Record<string, Record<string, (...values: number[]) => unknown>>;
/** What is used of WebAssembly; the types of Node leave it out. */
interface Wasm {
  compile(bytes: Uint8Array): Promise<object>;
  Instance: new (module: object, imports: Imports) => { exports: object };
}
interface Options {
  print(line: string): void;
  printErr(line: string): void;
  stdin(): number | null;
  quit(code: number, status: object): void;
  instantiateWasm(imports: Imports, done: (instance: object, module: object) => void): object;
}

const wasm = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;
const create = sevenZip as unknown as (options: Options) => Promise<Instance>;
let compiled: Promise<object> | undefined;

/** A new instance of 7-Zip 24.09, which tells `say` each line that it prints. Takes some 5 ms; the first 50 ms. */
export async function sevenZipInstance(say: (line: string) => void): Promise<Instance> {
  compiled ??= readFile(createRequire(import.meta.url).resolve('7z-wasm/7zz.wasm')).then((bytes) =>
    wasm.compile(bytes),
  );
  const module = await compiled;
  return create({
    print: say,
    printErr: say,
    stdin: () => null,
    // The default sets the exit code of this process.
    quit(_code, status) {
      throw status;
    },
    instantiateWasm(imports, done) {
      const { env } = imports;
      const grow = env?.emscripten_resize_heap;
      if (env && grow) env.emscripten_resize_heap = (bytes = 0) => (bytes >>> 0 <= HEAP_BYTES_MAX ? grow(bytes) : 0);
      const instance = new wasm.Instance(module, imports);
      done(instance, module);
      return instance.exports;
    },
  });
}
