import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openContainer } from '../../../../src/adapters/unpack/containers.ts';
import { zip } from '../../../support/mails.ts';
import { archive, payload } from './fixtures.ts';

/** Headers that hide a file from whoever believes them. */

const access = {
  room: () => ({ bytesMax: 1e7, reason: 'too-large' as const }),
  bytesLeft: () => 2e7,
  entriesMax: 1000,
};

async function found(bytes: Buffer): Promise<string[]> {
  const told: string[] = [];
  for await (const { content, problem } of openContainer(bytes, access)) {
    if (content?.includes(payload)) told.push('found');
    if (problem) told.push(problem);
  }
  return told;
}

/** A header of tar with its checksum made right. */
function header(tar: Buffer, change: (block: Buffer) => void): Buffer {
  const changed = Buffer.from(tar);
  change(changed);
  changed.fill(' ', 148, 156);
  const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return changed;
}
/** Its first file is another one. */
const tar = archive('ustar.tar').subarray(1536);

test('a zip that leaves out the sizes of a file in both of its headers', async () => {
  const whole = zip([{ name: 'a.bin', content: payload }]);
  const directory = whole.lastIndexOf('PK\x01\x02', undefined, 'latin1');
  for (const at of [18, 22, directory + 20, directory + 24]) whole.writeUInt32LE(0, at);
  expect(await found(whole)).toContain('found');
});

test.each(['2', '5', 'S', 'Z', '\0'])('a file in a tar that is said to be of type %j', async (type) => {
  expect(await found(header(tar, (block) => block.write(type, 156, 'latin1')))).toContain('found');
});

test('a description in a tar that nothing follows', async () => {
  const alone = header(tar, (block) => block.write('L', 156, 'latin1'));
  expect(await found(alone)).toEqual(expect.arrayContaining(['found', 'damaged']));
});

test('a tar whose only header has a wrong checksum is damaged', async () => {
  const wrong = Buffer.from(tar);
  wrong.write('0000001', 148, 'latin1');
  expect(await found(wrong)).toContain('damaged');
});

test('a bare zlib stream that holds a program', async () => {
  const program = Buffer.concat([Buffer.from('MZ\x90\0', 'latin1'), Buffer.alloc(60), payload]);
  expect(await found(deflateSync(program))).toContain('found');
});
