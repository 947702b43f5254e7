import { describe, expect, test } from 'vitest';
import { compileRules, countRules, RulesInvalid } from '../../../src/adapters/yara/compile.ts';
import { loadYaraEngine } from '../../../src/adapters/yara/load-engine.ts';
import { tryRules } from '../../../src/adapters/yara/try-rules.ts';

const file = (name: string, text: string) => ({ name, text });
const data = (...texts: string[]) => ({
  files: texts.map((text, index) => file(`${index}.yar`, text)),
  fileBytesMax: 1_000_000,
});
const rule = (name: string, text: string) => `rule ${name} { strings: $a = "${text}" condition: $a }`;

describe('YARA rules', () => {
  test('rules that match name malware, each once, from all files; private ones do not', () => {
    const engine = loadYaraEngine(
      data(
        `${rule('One', 'needle')} private rule Hidden { condition: filesize > 3 } rule Two { condition: Hidden and One }`,
        rule('One', 'needle'),
        `import "pe" rule Program { condition: pe.is_pe }`,
      ),
    );
    expect(engine.match(Buffer.from('a needle in hay'))).toEqual(['YARA.One', 'YARA.Two']);
    expect(engine.match(Buffer.from('hay'))).toEqual([]);
    expect(engine.match(new Uint8Array())).toEqual([]);
    engine.close?.();
  });

  test('contents in shared memory, and views into larger ones, are read as they are', () => {
    const shared = Buffer.from(new SharedArrayBuffer(100));
    shared.write('needle', 50);
    const engine = loadYaraEngine(data(rule('One', 'needle')));
    expect(engine.match(shared)).toEqual(['YARA.One']);
    expect(engine.match(shared.subarray(0, 55))).toEqual([]);
  });

  test('a content over the limit is not matched', () => {
    const engine = loadYaraEngine(data(rule('One', 'needle')));
    expect(() => engine.match(Buffer.alloc(1_000_001))).toThrow('too-large');
  });

  test.each([
    ['a mistake', 'rule Bad { condition: nonsense }', /"0.yar": .*unknown identifier `nonsense`/],
    ['a file from disk', 'include "/etc/passwd"\nrule A { condition: true }', /"0.yar": .*including file/],
    [
      'output',
      'import /* x */ "console"\nrule A { condition: console.log("x") }',
      /the module console may not be used/,
    ],
    ['output, after a text with slashes', `${rule('U', 'http://')} import "console"`, /console may not be used/],
  ])('a file with %s is refused', (_, text, message) => {
    expect(() => compileRules([file('0.yar', text)])).toThrow(RulesInvalid);
    expect(() => compileRules([file('0.yar', text)])).toThrow(message);
  });

  test('rules are counted', () => {
    expect(countRules(`${rule('A', 'x')}\n  private global rule B {\n condition: true }\n// rule in a comment`)).toBe(
      2,
    );
  });
});

describe('a trial', () => {
  test('good rules pass', async () => {
    await expect(tryRules(data(rule('One', 'needle')))).resolves.toBeUndefined();
  });

  test.each([
    ['do not compile', 'rule Bad { condition: nonsense }', 'unknown identifier'],
    ['take everything for malware', 'rule All { condition: true }', 'YARA.All takes 0 harmless bytes for malware'],
    ['take mail for malware', rule('Mail', 'Subject:'), 'YARA.Mail takes'],
  ])('rules that %s are refused', async (_, text, message) => {
    await expect(tryRules(data(text))).rejects.toThrow(message);
  });

  test('rules that do not end are refused', async () => {
    const text = 'rule Loop { condition: for any i in (0..4000000000) : (filesize + i == -1) }';
    await expect(tryRules(data(text), 1500)).rejects.toThrow('no result after 1.5 s');
  });
});
