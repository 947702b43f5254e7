import { describe, expect, test } from 'vitest';
import { ReputationFailure } from '../../../src/actors/ports/reputation.ts';
import type { EngineAnswer, EngineServer } from '../../../src/actors/ports/scan-engine.ts';
import type { ReadMessage } from '../../../src/actors/ports/scanning.ts';
import { createScanEngine, type ScanEngineParts } from '../../../src/actors/scan-engine/scan-engine.ts';
import { atRest } from '../../support/at-rest.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

const nothing: EngineAnswer = { found: 'nothing' };
const sha = (letter: string) => letter.repeat(64);
const virus = (name: string, letter: string): EngineAnswer => ({ found: 'malware', name, sha256: sha(letter) });
const message = Buffer.from('whole message');
const { signal: never } = new AbortController();

/** A message with an attachment of two contents, and a text. */
const read: ReadMessage = {
  files: [
    { path: ['message'], place: 'message', readings: [{ size: 13, sha256: sha('a') }] },
    {
      path: ['x.zip'],
      place: 'attachment',
      part: 1,
      readings: ['b', 'c'].map((each) => ({ size: 1, sha256: sha(each) })),
    },
    { path: ['text'], place: 'inline', part: 0, readings: [{ size: 1, sha256: sha('d') }] },
  ],
  unscannable: [],
  parts: [],
  contents: ['b', 'c', 'd'].map((each) => ({ sha256: sha(each), content: Buffer.from(each) })),
};

type Answers = (server: string, content: string) => EngineAnswer | 'hang' | ReputationFailure['kind'];

function world(answers: Answers, changes: { required?: boolean; servers?: string[]; sessionsMax?: number } = {}) {
  const clock = new SteppedClock();
  const asked: string[] = [];
  const reads: number[] = [];
  let pings: 'answer' | 'fail' = 'answer';
  let readAborted = 0;
  const parts: ScanEngineParts<EngineServer> = {
    ...{ clock, inspect: () => {}, when: 'always', sessionsMax: 2, filesBytesMax: 1000, answerMs: 30_000, ...changes },
    servers: (changes.servers ?? ['one']).map((id) => ({ id })),
    input: { engine: 'clamd', threshold: 2, cacheMs: 60_000, pingMs: 3000, required: changes.required ?? true },
    engine: {
      async ping() {
        if (pings === 'fail') throw new ReputationFailure('refused', 'no');
        return 'ClamAV 1';
      },
      async scan({ id }, content, signal) {
        asked.push(`${id}: ${Buffer.from(content)}`);
        const answer = answers(id, String(Buffer.from(content)));
        if (answer === 'hang')
          return new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new ReputationFailure('timeout', 'given up'))),
          );
        if (typeof answer === 'string') throw new ReputationFailure(answer, answer);
        return answer;
      },
    },
  };
  const engine = createScanEngine(parts);
  const look = (signal = never) =>
    engine.look(
      message,
      'SCAN',
      async (bytes, until) => {
        reads.push(bytes);
        until.addEventListener('abort', () => readAborted++);
        return read;
      },
      signal,
    );
  return {
    ...{ clock, asked, reads, engine, look },
    kind: () =>
      look().then(
        () => 'none',
        (error: { kind?: string }) => error.kind,
      ),
    setPings: (to: typeof pings) => (pings = to),
    advance: (ms: number) => clock.advance(ms, atRest),
    aborted: () => readAborted,
  };
}

describe('a message at the engine', () => {
  test('the whole and each of its files are looked at, while it is read', async () => {
    const { look, asked, reads } = world(() => nothing);
    await look();
    const again = await look();
    expect(asked.slice(4)).toEqual(['one: whole message', 'one: b', 'one: c', 'one: d']);
    expect(reads).toEqual([1000, 1000]);
    expect(again.look).toEqual({ malware: [], unscannable: [], version: 'ClamAV 1' });
  });

  test('malware in a file is told of the file; in the whole only where no file explains it', async () => {
    const hits: Record<string, EngineAnswer> = { 'whole message': virus('V', 'a'), c: virus('V', 'c') };
    const inFile = await world((_, content) => hits[content] ?? nothing).look();
    expect(inFile.look.malware).toEqual([
      { path: ['x.zip'], place: 'attachment', part: 1, name: 'V', sha256: sha('c'), by: 'clamd' },
    ]);
    hits['whole message'] = virus('Other', 'a');
    const both = await world((_, content) => hits[content] ?? nothing).look();
    expect(both.look.malware.map(({ name, place }) => [name, place])).toEqual([
      ['V', 'attachment'],
      ['Other', 'message'],
    ]);
  });

  test('what it could not look at is unscannable, each once', async () => {
    const unread: EngineAnswer = { found: 'unscannable', reason: 'too-large' };
    const ofAll = await world(() => unread).look();
    expect(ofAll.look.unscannable.map(({ path }) => path)).toEqual([['x.zip'], ['text']]);
    const ofWhole = await world((_, content) => (content === 'whole message' ? unread : nothing)).look();
    expect(ofWhole.look.unscannable).toEqual([{ reason: 'too-large', path: ['message'] }]);
  });

  test('no more messages than it has places for', async () => {
    const { look, asked } = world(() => 'hang', { sessionsMax: 2 });
    for (let n = 0; n < 3; n++) look().catch(() => {});
    await atRest();
    expect(asked).toHaveLength(2);
  });
});

describe('a server that does not answer', () => {
  test('costs its message the next one only; a failure is counted for each', async () => {
    const { look, asked } = world((server) => (server === 'one' ? 'refused' : nothing), { servers: ['one', 'two'] });
    await look();
    expect(asked.slice(0, 2)).toEqual(['one: whole message', 'two: whole message']);
  });

  test('that hangs is given up after its time, and a second for each MiB', async () => {
    const { kind, advance } = world(() => 'hang');
    const failed = kind();
    let isOver = false;
    void failed.then(() => (isOver = true));
    await atRest();
    await advance(30_000);
    expect(isOver).toBe(false);
    await advance(1);
    expect(await failed).toBe('clamd-timeout');
  });

  test('is left alone after so many failures, then tried by PING, and its message is not scanned meanwhile', async () => {
    let answer: ReturnType<Answers> = 'reset';
    const { kind, asked, advance, setPings } = world(() => answer);
    for (let n = 0; n < 3; n++) expect(await kind()).toBe('clamd-reset');
    expect(await kind()).toBe('clamd-invalid');
    expect(asked).toHaveLength(3);
    answer = nothing;
    setPings('fail');
    await advance(60_000);
    expect(await kind()).toBe('clamd-invalid');
    setPings('answer');
    await advance(60_000);
    expect(await kind()).toBe('none');
  });

  test('where it is not required, its message goes on without it and is read once', async () => {
    const { look, reads } = world(() => 'refused', { required: false });
    for (let n = 0; n < 3; n++)
      expect((await look()).look).toEqual({ malware: [], unscannable: [], version: 'unavailable' });
    expect((await look()).look.version).toBe('unavailable');
    expect(reads).toEqual([1000, 1000, 1000, 0]);
  });

  test('where it is required, reading ends with it', async () => {
    const { kind, aborted } = world(() => 'refused');
    expect(await kind()).toBe('clamd-refused');
    expect(aborted()).toBe(1);
  });

  test('fails for a file, too', async () => {
    expect(await world((_, content) => (content === 'c' ? 'response' : nothing)).kind()).toBe('clamd-response');
  });

  test('a scan that is given up says nothing of the server', async () => {
    let answer: ReturnType<Answers> = 'hang';
    const { look } = world(() => answer);
    for (let n = 0; n < 5; n++) {
      const end = new AbortController();
      const looked = look(end.signal);
      await atRest();
      end.abort(new Error('gone'));
      await expect(looked).rejects.toThrow('gone');
    }
    answer = nothing;
    await expect(look()).resolves.toMatchObject({ look: { malware: [] } });
  });
});
