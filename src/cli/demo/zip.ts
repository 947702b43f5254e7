import { crc32 } from 'node:zlib';

/** A zip archive of one file, stored (PKWARE APPNOTE 4.3). */
export function zipOf(name: string, content: Buffer): Buffer {
  const nameBytes = Buffer.from(name);
  const local = header(30, 0x04034b50, 4, nameBytes, content);
  const central = header(46, 0x02014b50, 6, nameBytes, content);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + nameBytes.length, 12);
  end.writeUInt32LE(local.length + nameBytes.length + content.length, 16);
  return Buffer.concat([local, nameBytes, content, central, nameBytes, end]);
}

/** Local and central header have these fields in common, from `versionAt` on. */
function header(length: number, signature: number, versionAt: number, name: Buffer, content: Buffer): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(20, versionAt);
  bytes.writeUInt32LE(crc32(content), versionAt + 10);
  bytes.writeUInt32LE(content.length, versionAt + 14);
  bytes.writeUInt32LE(content.length, versionAt + 18);
  bytes.writeUInt16LE(name.length, versionAt + 22);
  return bytes;
}
