import { describe, expect, test } from 'vitest';
import type { ReadFile, ReadMessage, ScanComponents } from '../../../src/actors/ports/scanning.ts';
import { conventionalFindings, gatherFindings, matchAnswers, methodOf } from '../../../src/actors/scan/findings.ts';
import type { ScanSettings } from '../../../src/actors/scan-settings.ts';
import { readingOf } from '../../../src/adapters/hash-signatures/reading.ts';
import { testSettings } from '../../support/actor-system.ts';
import { testService } from '../../support/scripted-services.ts';
import { setFilter, wordPattern } from '../../support/stub-components.ts';
import { runningServers } from '../reputation/running-servers.ts';

const hashOf = (text: string) => readingOf(Buffer.from(text), []).sha256;
const nowMs = 1_000_000;

/** As read with the content patterns of `wordPattern('AGENT')`. */
const file = (name: string, ...texts: string[]) => readFor('AGENT', name, ...texts);

function readFor(word: string, name: string, ...texts: string[]): ReadFile {
  const matching = texts.filter((text) => text.includes(word));
  const matches = matching.map((text) => ({ name: `Test.${word}`, sha256: hashOf(text), engine: 'word' }));
  const readings = texts.map((text) => readingOf(Buffer.from(text), []));
  return { path: [name], place: 'attachment', part: 0, readings, ...(matches.length > 0 ? { matches } : {}) };
}

function findings(
  files: ReadFile[],
  components: ScanComponents = { agent: wordPattern('AGENT') },
  changes: {
    settings?: Partial<ScanSettings>;
    servers?: ReturnType<typeof runningServers>;
    read?: Partial<ReadMessage>;
  } = {},
) {
  const read: ReadMessage = { files, unscannable: [], parts: [], ...changes.read };
  const { servers } = changes.servers ?? runningServers({ count: 1 });
  const settings = testSettings(changes.settings);
  return gatherFindings(read, components, settings, methodOf(settings, servers), nowMs);
}

describe('what is asked about (D1)', () => {
  test('without a filter every suspicious hash: each plausible content of each file, once', () => {
    const { toAsk } = findings([file('a', 'x', 'x\r\n'), file('b', 'y'), file('c', 'x')]);
    expect(toAsk).toEqual([hashOf('x'), hashOf('x\r\n'), hashOf('y')]);
  });

  test('with a filter those that are in it, by lower-case hexadecimal SHA-256', () => {
    const filter = setFilter(new Set([hashOf('y')]));
    const { toAsk } = findings([file('a', 'x'), file('b', 'y')], { agent: wordPattern('AGENT'), filter });
    expect(toAsk).toEqual([hashOf('y')]);
  });

  test('never the empty file, nor a hash of the allow list', () => {
    const files = [file('empty', ''), file('known', 'x'), file('other', 'y')];
    const { toAsk } = findings(files, undefined, { settings: { allowedHashes: new Set([hashOf('x')]) } });
    expect(toAsk).toEqual([hashOf('y')]);
  });

  test('a hash of the allow list does not skip the patterns: the list says what is asked, not what is clean', () => {
    const files = [file('known', 'AGENT')];
    const { malware } = findings(files, undefined, { settings: { allowedHashes: new Set([hashOf('AGENT')]) } });
    expect(malware.map(({ by }) => by)).toEqual(['agent']);
  });

  test('nothing when the method is set to conventional', () => {
    const found = findings([file('a', 'x')], undefined, { settings: { method: 'conventional' } });
    expect(found).toMatchObject({ method: 'conventional', toAsk: [], malware: [] });
  });
});

describe('what services are asked about', () => {
  const services = [testService('mhr')];
  const text = { place: 'inline' as const, declared: 'text/plain' };
  const of = (files: ReadFile[], settings: Partial<ScanSettings> = {}) =>
    findings(
      files,
      { agent: wordPattern('AGENT'), filter: setFilter(new Set()) },
      { settings: { services, ...settings } },
    );

  test('files that came with the mail, whatever the filter says; not its own text, and not itself', () => {
    const files: ReadFile[] = [
      { ...file('message', 'the whole'), place: 'message' },
      { ...file('part-1', 'Hello.'), ...text },
      { ...file('part-2', '<p>Hello.'), ...text, declared: 'text/html', types: ['html'] },
      file('a.bin', 'x'),
    ];
    expect(of(files)).toMatchObject({ toAsk: [], toAskServices: [hashOf('x')] });
    expect(of(files, { servicesAbout: 'all' }).toAskServices).toHaveLength(4);
    expect(of(files, { services: [] })).not.toHaveProperty('toAskServices');
    expect(of(files, { method: 'conventional' })).not.toHaveProperty('toAskServices');
  });

  test('a program that the mail calls text, and a file within a text, are files', () => {
    const files: ReadFile[] = [
      { ...file('part-1', 'MZ'), ...text, types: ['exe'] },
      { ...file('data-1', 'y'), place: 'inline' },
    ];
    expect(of(files).toAskServices).toEqual([hashOf('MZ'), hashOf('y')]);
  });
});

describe('the method (D16)', () => {
  test('is smart with an invalid server, and conventional when every server is failed over; hashes are kept (D17)', async () => {
    const servers = runningServers({ count: 1, threshold: 1 });
    for (let each = 0; each < 2; each++)
      servers.servers.send('sps1.test:443', { type: 'QUERY_FAILED', kind: 'refused' });
    expect(findings([file('a', 'x')], undefined, { servers }).method).toBe('smart');
    servers.servers.messageReceived(servers.clock.now(), 'scan');
    await servers.answer('refused');
    expect(servers.states()).toEqual(['FailedOver 2']);
    expect(findings([file('a', 'x')], undefined, { servers })).toMatchObject({
      method: 'conventional',
      toAsk: [hashOf('x')],
    });
  });
});

describe('not ready (D3)', () => {
  test.each([
    ['no agent pattern', {}],
    ['an empty agent pattern', { agent: wordPattern('AGENT', { entries: 0 }) }],
  ])('smart scan with %s', (_, components) => {
    expect(findings([file('a', 'x')], components).notReady).toBe('no agent pattern');
  });

  test('an agent pattern is not needed for the conventional method', () => {
    const found = findings([file('a', 'x')], {}, { settings: { method: 'conventional' } });
    expect(found.notReady).toBeUndefined();
  });

  test.each([
    ['no pattern', {}],
    ['an empty one', { conventional: wordPattern('CONVENTIONAL', { entries: 0 }) }],
  ])('conventional scan with %s finds nothing and says so, and is never a pass', (_, components) => {
    const found = conventionalFindings({ files: [file('a', 'CONVENTIONAL')], unscannable: [] }, components);
    expect(found).toEqual({ notReady: 'no conventional pattern', malware: [] });
  });
});

describe('malware', () => {
  test('is found in any plausible content of a file', () => {
    const { malware } = findings([file('a', 'x', 'AGENT')]);
    expect(malware).toEqual([
      { path: ['a'], name: 'Test.AGENT', sha256: hashOf('AGENT'), place: 'attachment', part: 0, by: 'agent' },
    ]);
  });

  test('is what the server calls malicious, and not what it does not know', () => {
    const files = [file('a', 'x'), file('b', 'y'), file('c', 'z')];
    const answers = new Map([
      [hashOf('x'), { sha256: hashOf('x'), verdict: 'unknown' as const, ttlSeconds: 0 }],
      [hashOf('y'), { sha256: hashOf('y'), verdict: 'malicious' as const, name: 'Test.Y', ttlSeconds: 0 }],
      [hashOf('z'), { sha256: hashOf('z'), verdict: 'malicious' as const, ttlSeconds: 0 }],
    ]);
    expect(matchAnswers(files, answers).map(({ name, by }) => `${name} ${by}`)).toEqual([
      'Test.Y server',
      'Malware server',
    ]);
  });

  test('that a server knew says whose answer it was and what that rests on, as far as it is known', () => {
    const file1 = file('a', 'x');
    const given = { server: 'sps.test:443', patternId: 'main', patternVersion: '8-bb', source: 'feed' };
    const answer = { sha256: hashOf('x'), verdict: 'malicious' as const, name: 'Test.X', ttlSeconds: 60, ...given };
    const fact = { path: ['a'], name: 'Test.X', sha256: hashOf('x'), place: 'attachment', part: 0, by: 'server' };
    expect(matchAnswers([file1], new Map([[hashOf('x'), answer]]))).toEqual([{ ...fact, ...given }]);
    const { source: _, ...rest } = answer;
    const bare = { ...rest, patternVersion: '' };
    expect(matchAnswers([file1], new Map([[hashOf('x'), bare]]))).toStrictEqual([
      { ...fact, server: 'sps.test:443', patternId: 'main' },
    ]);
  });

  test('conventional: by the conventional pattern alone', () => {
    const files = [readFor('CONVENTIONAL', 'a', 'AGENT'), readFor('CONVENTIONAL', 'b', 'CONVENTIONAL')];
    const components = { agent: wordPattern('AGENT'), conventional: wordPattern('CONVENTIONAL') };
    expect(conventionalFindings({ files, unscannable: [] }, components).malware.map(({ path }) => path)).toEqual([
      ['b'],
    ]);
  });
});

test('facts: versions, age of the filter, and no more than 200 files of however many', () => {
  const files = Array.from({ length: 250 }, (_, index) => file(`f${index}`, `content ${index}`));
  const filter = setFilter(new Set(), { version: '7', checkedAtMs: nowMs - 5000 });
  const found = findings(files, { agent: wordPattern('AGENT', { version: '3' }), filter });
  expect(found.components).toEqual({ agent: '3', filter: '7', filterAgeMs: 5000 });
  expect([found.fileCount, found.files.length]).toEqual([250, 200]);
  expect(JSON.stringify(found)).not.toContain('content 1');
});

describe('attachments', () => {
  const files = [
    { ...file('a', 'x'), part: 1 },
    { ...file('body', 'y'), place: 'inline' as const, part: 0 },
    { ...file('in a', 'z'), part: 1 },
    { ...file('b', 'w'), part: 3 },
  ];
  // What could not be read is taken for an attachment, unless it is known to be none.
  const unscannable = [
    { reason: 'too-large' as const, path: ['c'], part: 2 },
    { reason: 'damaged' as const, path: ['body'], part: 0 },
    { reason: 'too-many-parts' as const, path: [] },
  ];

  test('are named where the rule may delete them all', () => {
    const rule = { ...testSettings().rule, limit: 'delete_all_attachments' as const };
    expect(findings(files, undefined, { settings: { rule }, read: { unscannable } }).attachments).toEqual([1, 2, 3]);
  });

  test('are not named in events that do not need them', () => {
    expect(findings(files, undefined, { read: { unscannable } })).not.toHaveProperty('attachments');
  });
});
