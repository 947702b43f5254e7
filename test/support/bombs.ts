import zlib from 'node:zlib';
import { attachment, type Entity, mail, multipart, nestedMessage, textPart, zip } from './mails.ts';

const MIB = 2 ** 20;

/** Mails that ask for far more work or memory than their size. Each is a few MB at most. */
export const bombs: Readonly<Record<string, () => Buffer>> = {
  'overlapping files in a zip': () => attached('overlap.zip', overlappingZip(20_000)),
  'zips in zips, 16 in each, five levels': () => attached('42.zip', zipTree(5)),
  '10 GB of zeros, deflated twice': () => attached('zeros.gz', zlib.gzipSync(gzipOfZeros(10_240))),
  '100 MB of zeros, many times': () =>
    mail(multipart(Array.from({ length: 40 }, (_, index) => attachment(`${index}.gz`, gzipOfZeros(100))))),
  '100,000 parts': () =>
    mail(multipart(Array.from({ length: 100_000 }, (_, index) => attachment(`${index}.txt`, Buffer.from('x'))))),
  '1,000 levels of multiparts': () =>
    mail(nested(1000, (inner) => multipart([textPart('level\n'), inner], { boundary: `l${levels++}` }))),
  '1,000 levels of messages': () => mail(nested(1000, (inner) => nestedMessage(mail(inner)))),
  '1,000 levels of zips': () => attached('deep.zip', deepZip(1000)),
};

let levels = 0;

function attached(name: string, content: Buffer): Buffer {
  return mail(multipart([textPart('see the attachment'), attachment(name, content)]));
}

function nested(count: number, around: (inner: Entity) => Entity): Entity {
  let entity = textPart('the innermost\n');
  for (let level = 0; level < count; level++) entity = around(entity);
  return entity;
}

/** Many names in the directory for one and the same compressed MiB of zeros. */
function overlappingZip(count: number): Buffer {
  const one = zip([{ name: 'zeros', content: Buffer.alloc(MIB) }]);
  const end = one.length - 22;
  const at = one.readUInt32LE(end + 16);
  const entry = one.subarray(at, end);
  const trailer = Buffer.from(one.subarray(end));
  trailer.writeUInt16LE(count, 8);
  trailer.writeUInt16LE(count, 10);
  trailer.writeUInt32LE(entry.length * count, 12);
  return Buffer.concat([one.subarray(0, at), ...Array.from({ length: count }, () => entry), trailer]);
}

function zipTree(depth: number): Buffer {
  let content = Buffer.alloc(MIB);
  for (let level = 0; level < depth; level++)
    content = Buffer.from(zip(Array.from({ length: 16 }, (_, index) => ({ name: `${index}.zip`, content }))));
  return content;
}

function deepZip(depth: number): Buffer {
  let content: Buffer = Buffer.from('the innermost');
  for (let level = 0; level < depth; level++) content = zip([{ name: `${level}.zip`, content, method: 0 }]);
  return content;
}

/** A gzip member of so many MiB of zeros, put together from equal blocks. */
function gzipOfZeros(mebibytes: number): Buffer {
  const block = flushedBlock();
  const header = zlib.gzipSync(Buffer.alloc(0)).subarray(0, 10);
  const end = Buffer.alloc(8);
  end.writeUInt32LE((mebibytes * MIB) % 2 ** 32, 4);
  // The last block, empty; the checksum is wrong, which shows when all is unpacked.
  return Buffer.concat([header, ...Array.from({ length: mebibytes }, () => block), Buffer.from([3, 0]), end]);
}

/** One MiB of zeros as deflate blocks that end on a byte and need nothing before them. */
function flushedBlock(): Buffer {
  const whole = zlib.deflateRawSync(Buffer.alloc(MIB), { finishFlush: zlib.constants.Z_FULL_FLUSH });
  return whole;
}
