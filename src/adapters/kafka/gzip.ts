import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import kafkajs from 'kafkajs';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Half the size of level 6's remainder is not worth four times its time: events are repetitive JSON. */
const level = 1;

/** What a batch may unpack to, in bytes: more than any broker sends in one. */
const unpackedBytesMax = 256 * 1024 * 1024;

/** Makes kafkajs compress at the fastest level, off the main thread, and bounds what it unpacks. */
export function useFastGzip(): void {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.GZIP] = () => ({
    compress: (encoder: { buffer: Buffer }) => compress(encoder.buffer, { level }),
    decompress: (buffer: Buffer) => decompress(buffer, { maxOutputLength: unpackedBytesMax }),
  });
}
