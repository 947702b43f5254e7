import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ImportOptions, importFiles } from '../../../src/sps/data/import-files.ts';
import { ImportRefused } from '../../../src/sps/data/import-refused.ts';
import { openSnapshot } from '../../../src/sps/data/snapshot.ts';
import { allSources, SourceRefused } from '../../../src/sps/data/sources.ts';
import { newestChange, openStore, type Store } from '../../../src/sps/data/store.ts';
import { sevenZipped } from '../../support/archives.ts';
import { cvdOf, tarOf } from './formats/tar-archive.ts';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-import-'));
  store = openStore(join(folder, 'sps'), () => []);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const digest = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');
const sha256 = (text: string) => digest('sha256', text);
const sha1 = (text: string) => digest('sha1', text);
const md5 = (text: string) => digest('md5', text);
const write = (name: string, content: string | Buffer) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** Imports, and says what it told of bad lines. */
async function bring(files: string | readonly string[], options: ImportOptions = {}) {
  const bad: string[] = [];
  const onBad = (place: string, reason: string) => bad.push(`${place.replace(`${folder}/`, '')}: ${reason}`);
  const report = await importFiles(store, [files].flat(), { ...options, onBad });
  return { ...report, file: report.files[0], source: report.sources[0], bad };
}

/** What products would show: lines of local patterns, or of the smart scan pattern. */
function shown(what: 'smart' | 'hdb' | 'hsb' | 'agent' = 'smart'): string[] {
  const snapshot = openSnapshot(join(folder, 'sps'), Date.now());
  const found =
    what === 'smart'
      ? Array.from(snapshot.smart(), ({ hash, name, source }) => `${hash.toString('hex')} ${name} ${source}`)
      : what === 'agent'
        ? [...snapshot.lines('agent', 'hdb'), ...snapshot.lines('agent', 'hsb')]
        : [...snapshot.lines('conventional', what)];
  snapshot.close();
  return found.sort();
}

/** Nothing is left of what an import did on its way. */
const leftBehind = () => readdirSync(store.entriesFolder).filter((name) => !/\.(md5|sha1|sha256)$/.test(name));

describe('ClamAV', () => {
  test('.hsb and .hdb: SHA-256 into the smart scan pattern, the rest into the local ones only', async () => {
    const file = write('all.hsb', `# mine\n${sha256('a')}:*:A:73\n${sha1('b')}:5:B\n\n${md5('c')}:6:C\n`);
    const report = await bring(file, { agent: true });
    expect(report.file).toMatchObject({
      format: 'clamav',
      source: 'local',
      read: { sha256: 1, sha1: 1, md5: 1 },
      bad: 0,
    });
    expect(report.source).toMatchObject({ holds: 3, counts: { sha256: { added: 1, agent: 1 }, md5: { added: 1 } } });
    expect(shown()).toEqual([`${sha256('a')} A local`]);
    expect(shown('hdb')).toEqual([`${md5('c')}:6:C\n`]);
    expect(shown('hsb')).toEqual([`${sha256('a')}:*:A:73\n`, `${sha1('b')}:5:B\n`].sort());
    expect(shown('agent')).toHaveLength(3);
  });

  test('.fp and .sfp say what is known good', async () => {
    await bring(write('bad.hsb', `${sha256('a')}:1:A\n${sha256('b')}:1:B\n`));
    const { file } = await bring(write('good.sfp', `${sha256('a')}:1:Clean.A\n`));
    expect(file).toMatchObject({ source: 'allowed' });
    expect(shown()).toEqual([`${sha256('b')} B local`]);
    expect(allSources(store.database)).toMatchObject([{ name: 'starter' }, { name: 'allowed', kind: 'allow' }, {}]);
  });

  const inside = {
    COPYING: 'licence\n'.repeat(100),
    'daily.info': 'x\n',
    'daily.hdb': `${md5('a')}:10:Win.A\n${md5('good')}:4:Win.Wrong\n`,
    'daily.hsb': `${sha256('b')}:*:Win.B:73\nnonsense\n`,
    'daily.hdu': `${md5('pua')}:3:PUA.Win.Tool\n`,
    'daily.ndb': 'Sig:0:*:aabb\n'.repeat(7),
    'daily.ldb': 'Sig;Target:1;(0);aa\n'.repeat(3),
    'daily.fp': `${md5('good')}:4:Fp.Good\n`,
  };

  test.each([
    ['gzipped', 'daily.cvd', (tar: Buffer) => gzipSync(tar)],
    ['plain', 'daily.cld', (tar: Buffer) => tar],
  ])('the hashes out of a .cvd or .cld, %s; what it leaves out is said', async (_, name, pack) => {
    const archive = write(name, cvdOf(pack(tarOf(folder, inside)), name.endsWith('.cld') ? { md5: 'x' } : {}));
    const { file, bad } = await bring(archive);
    expect(file).toMatchObject({
      ...{ format: 'clamav', source: 'clamav', read: { sha256: 1, sha1: 0, md5: 3 } },
      info: 'version 27000 of 06 Nov 2026 04-40 -0500',
      leftOut: new Map([
        ['.hdu', 1],
        ['.ndb', 7],
        ['.ldb', 3],
      ]),
    });
    expect(bad).toEqual([`${name}:daily.hsb:2: expected hash:size:name`]);
    expect(shown('hdb')).toEqual([`${md5('a')}:10:Win.A\n`]);
    expect(allSources(store.database).at(-1)?.info).toContain('version 27000');
    expect((await bring(archive, { withUnwanted: true })).source).toMatchObject({ counts: { md5: { added: 1 } } });
    expect(leftBehind()).toEqual([]);
  });

  test.each<[string, (packed: Buffer) => Buffer]>([
    ['is damaged', (packed) => cvdOf(packed, { md5: '0'.repeat(32) })],
    ['cannot be unpacked', (packed) => cvdOf(packed.subarray(0, -20))],
    ['cannot be unpacked', () => cvdOf(gzipSync(Buffer.alloc(2000, 65)))],
    ['is cut short', (packed) => cvdOf(packed).subarray(0, 400)],
    ['come out of it', () => cvdOf(gzipSync(Buffer.concat([tarOf(folder, { 'a.hdb': 'x'.repeat(80_000_000) })])))],
  ])('a .cvd that %s is refused, and nothing is left of it', async (reason, spoil) => {
    const packed = gzipSync(tarOf(folder, { 'big.hdb': `${md5('a')}:10:Win.A\n`.repeat(5000) }));
    await expect(bring(write('daily.cvd', spoil(packed)))).rejects.toThrow(reason);
    expect(shown('hdb')).toEqual([]);
    expect(leftBehind()).toEqual([]);
  });
});

describe('feeds', () => {
  const bazaar = [
    '################################################################',
    '# MalwareBazaar full malware samples dump (CSV)                #',
    '# "first_seen_utc","sha256_hash","md5_hash","sha1_hash","reporter","file_name","file_type_guess","mime_type","signature","clamav","vtpercent","imphash","ssdeep","tlsh"',
    `"2026-11-20 10:11:12", "${sha256('a')}", "${md5('a')}", "${sha1('a')}", "abuse_ch", "in, voice ""x"".exe", "exe", "application/x-dosexec", "AgentTesla", "n/a", "53.1", "f34d", "3:aa:bb", "T1AA"`,
    `"2026-11-20 10:11:13", "${sha256('b')}", "${md5('b')}", "${sha1('b')}", "x", "b", "js", "text/plain", "n/a", "n/a", "n/a", "n/a", "3:aa:bb", "T1AA"`,
    '"2026-11-20 10:11:14", "not a hash", "", "", "", "", "", "", "", "", "", "", "", ""',
    `"2026-11-20", "${sha256('c')}`,
    '# Number of entries: 2',
  ].join('\r\n');

  test.each(['plain', 'zip', 'gzip'])('MalwareBazaar, %s: family, or else type, as name', async (packing) => {
    let file = write('full.csv', bazaar);
    if (packing === 'zip') file = write('full.csv.zip', await sevenZipped('full.csv', Buffer.from(bazaar), '-tzip'));
    else if (packing === 'gzip') file = write('full.csv.gz', gzipSync(bazaar));
    const within = packing === 'plain' ? '' : ':full.csv';
    const report = await bring(file, { setting: { expiresDays: 90 } });
    expect(report.file).toMatchObject({
      format: 'malwarebazaar',
      source: 'malwarebazaar',
      read: { sha256: 2, md5: 0 },
      bad: 2,
    });
    expect(shown()).toEqual(
      [`${sha256('a')} AgentTesla malwarebazaar`, `${sha256('b')} Malware.js malwarebazaar`].sort(),
    );
    expect(report.bad.map((line) => line.slice(line.indexOf(`${within}:`)))).toEqual([
      `${within}:6: expected a hash of 32, 40 or 64 hexadecimal digits`,
      `${within}:7: no CSV: a quote is missing`,
    ]);
    expect(allSources(store.database).at(-1)).toMatchObject({ expiresDays: 90 });
    expect(leftBehind()).toEqual([]);
  });

  test('URLhaus: what was downloaded from the URLs', async () => {
    const lines = [
      '# URLhaus payloads dump (CSV)',
      '# firstseen,url,filetype,md5,sha256,signature',
      `"2026-11-20 10:11:12","http://mal.example/a,b.exe","exe","${md5('a')}","${sha256('a')}","Heodo"`,
      `"2026-11-20 10:11:12","http://mal.example/b","elf","${md5('b')}","${sha256('b')}","None"`,
      `"2026-11-20 10:11:12","http://mal.example/a","exe","${md5('a')}","${sha256('a')}","Other"`,
    ];
    const { file } = await bring(write('payload.csv', lines.join('\n')));
    expect(file).toMatchObject({ format: 'urlhaus', source: 'urlhaus', read: { sha256: 3 } });
    expect(shown()).toEqual([`${sha256('a')} Heodo urlhaus`, `${sha256('b')} Malware.elf urlhaus`].sort());
    const [, , first = ''] = lines;
    expect((await bring(write('rows.csv', first))).file).toMatchObject({ format: 'urlhaus' });
  });

  const attribute = (type: string, value: string, more = {}) => ({
    type,
    value,
    to_ids: true,
    category: 'Payload delivery',
    ...more,
  });
  const event = {
    Event: {
      info: 'OSINT - Emotet:\u202e\ud800 malspam',
      uuid: 'x',
      Attribute: [
        attribute('sha256', sha256('a')),
        attribute('filename|sha256', `a|b.exe|${sha256('b')}`),
        attribute('md5', md5('c').toUpperCase()),
        attribute('malware-sample', `c.exe|${md5('d')}`),
        attribute('sha256', sha256('not for detection'), { to_ids: false }),
        attribute('sha256', sha256('deleted'), { deleted: true }),
        attribute('sha256', 'no hash'),
        attribute('ip-dst', '192.0.2.1'),
      ],
      Object: [
        { name: 'file', Attribute: [attribute('sha1', sha1('e')), attribute('size-in-bytes', '5', { to_ids: false })] },
      ],
    },
  };

  test.each(['folder', 'manifest', 'event'])(
    'MISP, by its %s: what is for detection, also within objects',
    async (by) => {
      const feed = join(folder, 'feed');
      mkdirSync(feed);
      const name = '5c6a7b7a-1d2c-4a3b-9a6e-aaaaaaaaaaaa.json';
      write(`feed/${name}`, JSON.stringify(event, undefined, 1));
      write('feed/manifest.json', JSON.stringify({ '5c6a7b7a-1d2c-4a3b-9a6e-aaaaaaaaaaaa': { info: 'x' } }));
      const path = { folder: feed, manifest: join(feed, 'manifest.json'), event: join(feed, name) }[by] ?? '';
      const { file, bad } = await bring(path);
      expect(file).toMatchObject({ format: 'misp', source: 'misp', read: { sha256: 2, sha1: 1, md5: 2 } });
      const malware = 'MISP.OSINT_-_Emotet_malspam';
      expect(shown()).toEqual([`${sha256('a')} ${malware} misp`, `${sha256('b')} ${malware} misp`].sort());
      expect(shown('hdb')).toEqual([`${md5('c')}:*:${malware}:73\n`, `${md5('d')}:*:${malware}:73\n`].sort());
      expect(bad).toEqual([expect.stringMatching(/attribute 7: expected a hash/)]);
    },
  );

  test('a warning list of MISP is known good, and brings its version', async () => {
    await bring(write('bad.txt', `${sha256('')} Wrong\n${sha256('a')} Bad\n`));
    const list = {
      ...{ name: 'List of known hashes for empty files', version: 1, description: 'x', type: 'string' },
      ...{ matching_attributes: ['md5', 'sha1', 'sha256'], list: [md5(''), sha1(''), sha256(''), 'x'] },
    };
    const { file, bad } = await bring(write('list.json', JSON.stringify(list)));
    expect(file).toMatchObject({
      format: 'warninglist',
      source: 'misp-warninglists',
      read: { sha256: 1, sha1: 1, md5: 1 },
    });
    expect(file?.info).toBe('List of known hashes for empty files 1');
    expect(bad).toHaveLength(1);
    expect(shown()).toEqual([`${sha256('a')} Bad local`]);
  });
});

describe('a list of hashes', () => {
  test('as people and sha256sum write it', async () => {
    const lines = [
      ...['# mine', '// mine', '', `${sha256('a')}`, `${sha256('b')}\tBad  Thing`, `${sha256('c')}  dir/file 1.exe`],
      ...[`${sha256('d')} *file.bin`, `SHA256 (f(1).exe) = ${sha256('e')}`, `MD5 (g) = ${md5('f')}`],
      ...[
        `${sha1('g').toUpperCase()}`,
        `"${sha256('h')}"`,
        `${sha256('i')},Mal.I`,
        'nonsense',
        `${sha256('j')} a:b\u0007`,
      ],
    ];
    const { file, bad } = await bring(write('mine.txt', lines.join('\n')));
    expect(file).toMatchObject({ format: 'list', source: 'local', read: { sha256: 8, sha1: 1, md5: 1 } });
    const name = (text: string) => `Imported.${sha256(text).slice(0, 16)}`;
    expect(shown()).toEqual(
      [
        ['a', name('a')],
        ['b', 'Bad Thing'],
        ['c', 'file 1.exe'],
        ['d', 'file.bin'],
        ['e', 'f(1).exe'],
        ['h', name('h')],
        ['i', 'Mal.I'],
        ['j', 'a_b_'],
      ]
        .map(([text = '', malware]) => `${sha256(text)} ${malware} local`)
        .sort(),
    );
    expect(bad).toEqual(['mine.txt:13: expected a hash of 32, 40 or 64 hexadecimal digits']);
  });

  test("of the system's sha256sum", async () => {
    write('sample', randomBytes(100));
    const printed = execFileSync('sha256sum', ['--tag', join(folder, 'sample')], { encoding: 'utf8' });
    await bring(
      write('sums', printed + execFileSync('sha256sum', ['-b', join(folder, 'sample')], { encoding: 'utf8' })),
    );
    expect(shown()).toEqual([expect.stringMatching(/ sample local$/)]);
  });

  test('as known good, and under another name and priority', async () => {
    await bring(write('bad.txt', `${sha256('a')}\n${sha256('b')}\n`), { source: 'mine', setting: { priority: 20 } });
    await bring(write('good.txt', sha256('a')), { allow: true });
    expect(shown()).toEqual([`${sha256('b')} Imported.${sha256('b').slice(0, 16)} mine`]);
    expect(allSources(store.database)).toMatchObject([
      { name: 'starter' },
      { name: 'allowed', priority: 100 },
      { priority: 20 },
    ]);
    await expect(bring(write('more.txt', sha256('c')), { source: 'mine', allow: true })).rejects.toThrow(SourceRefused);
  });
});

describe('an import', () => {
  test('removes what is left of dead imports, and of those on other machines once it is a day old', async () => {
    const [dead, fresh, old] = ['-999999999-', 'ffffffff-1-', 'ffffffff-2-'].map((name) => `${name}x.sha256`);
    const { entriesFolder } = store;
    const own = readdirSync(entriesFolder);
    await bring(write('a.txt', sha256('a')));
    const host = readdirSync(entriesFolder)
      .find((name) => !own.includes(name))
      ?.split('-')[0];
    for (const name of [`${host}${dead}`, fresh, old]) writeFileSync(join(entriesFolder, String(name)), '');
    utimesSync(join(entriesFolder, String(old)), 0, 0);
    await bring(write('b.txt', sha256('b')));
    const left = readdirSync(entriesFolder).filter((name) => name.endsWith('x.sha256'));
    expect(left).toEqual([fresh]);
  });

  test('of several files is one; with replace they are all that the source says', async () => {
    await bring(write('old.txt', `${sha256('old')}\n${sha256('a')} Old\n`));
    const change = newestChange(store.database);
    const files = [write('1.txt', `${sha256('a')} A\n`), write('2.hsb', `${sha256('b')}:*:B\n`)];
    const { source } = await bring(files, { replace: true });
    expect(source).toMatchObject({ counts: { sha256: { added: 1, changed: 1, removed: 1 } }, holds: 2 });
    expect(newestChange(store.database)).toBe(change + 1);
    expect(shown()).toEqual([`${sha256('a')} A local`, `${sha256('b')} B local`].sort());
  });

  test('of what is known makes no new version', async () => {
    const file = write('one.hsb', `${sha256('a')}:*:A\n${md5('b')}:1:B\n`);
    await bring(file);
    const change = newestChange(store.database);
    expect((await bring(file)).source).toMatchObject({ counts: { sha256: { unchanged: 1 }, md5: { unchanged: 1 } } });
    expect((await bring(file, { replace: true })).source).toMatchObject({ counts: { sha256: { unchanged: 1 } } });
    expect(newestChange(store.database)).toBe(change);
    await bring(file, { agent: true });
    expect(newestChange(store.database)).toBe(change + 1);
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['empty.hsb', '', /no valid signature\. Nothing/],
    ['comments.txt', '# nothing\n', /no valid signature\. Nothing/],
    ['bad.hsb', 'x\ny\n', /no valid signature; 2 bad lines\. Nothing/],
    ['list.csv', 'some,thing', /neither its name nor its beginning/],
    ['domains.json', '{"name":"x","matching_attributes":["domain"],"list":["a.example","b.example"]}', /2 bad lines/],
    ['bomb.txt.gz', gzipSync(Buffer.alloc(100_000_000, 65)), /more than \d+ bytes come out of it/],
    ['cut.txt.gz', gzipSync(randomBytes(1000)).subarray(0, 500), /cannot be unpacked/],
    ['cut.zip', Buffer.from('PK\x03\x04 not really'), /cannot be unpacked/],
    ['https://feeds.example/list.txt', '', /fetch it with curl/],
  ])('of %s is refused with all that is with it, and changes nothing', async (name, content, reason) => {
    const good = write('good.txt', sha256('good'));
    const file = name.startsWith('https') ? name : write(name, content);
    await expect(bring([good, file])).rejects.toThrow(ImportRefused);
    await expect(bring([good, file])).rejects.toThrow(reason);
    expect(newestChange(store.database)).toBe(1);
    expect(shown()).toEqual([]);
    expect(leftBehind()).toEqual([]);
  });

  test('of a file that is not there, or a folder that is no feed, is refused', async () => {
    await expect(bring(join(folder, 'none.hsb'))).rejects.toThrow(/cannot read .*none\.hsb.*ENOENT/);
    mkdirSync(join(folder, 'folder.hsb'));
    await expect(bring(join(folder, 'folder.hsb'))).rejects.toThrow(/no feed of MISP/);
  });

  test('tells its progress', async () => {
    const told: [number, number][] = [];
    const lines = Array.from(
      { length: 250_000 },
      (_, number) => `${sha256('x').slice(0, 56)}${number.toString(16).padStart(8, '0')}\n`,
    );
    let written = 0;
    await bring(write('long.txt', lines.join('')), {
      onRead: (_, share, count) => told.push([share, count]),
      onWrite: (done) => {
        written = done;
      },
    });
    expect(told.length).toBeGreaterThan(10);
    expect(told.every(([share], index) => share <= 1 && share >= (told[index - 1]?.[0] ?? 0))).toBe(true);
    expect(told.at(-1)?.[1]).toBeGreaterThan(200_000);
    expect(written).toBe(200_000);
  });
});
