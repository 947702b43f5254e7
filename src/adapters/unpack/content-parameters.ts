import libmime from 'libmime';

/** Readings of one parameter, and occurrences of its name, that are looked at: more are a prank. */
const READINGS_MAX = 8;
const OCCURRENCES_MAX = 16;
const READING_CHARACTERS_MAX = 4096;

/** A field of the form `value; name=value` (RFC 2045 5.1), read in every way that programs read it. */
export interface ParameterField {
  /** Lower case, without comments. */
  value: string;
  /** Everything that a parameter may say, each once; what an ordinary program takes comes first. */
  readings(name: string): readonly string[];
}

/** Reads a field. What is written as the RFC has it has one reading of each parameter, but for duplicates. */
export function parseParameterField(text: string): ParameterField {
  return readTidy(text) ?? readAnyhow(text);
}

const TIDY_VALUE = /\s*([^\s;"()\\=,?]+)\s*/y;
const TIDY_PARAMETER = /;\s*([^\s;="()\\*%?]+)\s*=\s*(?:"([^"\\]*)"|([^\s;"'()\\%?]+))\s*/y;
const TIDY_END = /[;\s]*$/y;

/** Undefined for whatever is out of the ordinary: comments, escapes, RFC 2231, missing or broken quotes. */
function readTidy(text: string): ParameterField | undefined {
  TIDY_VALUE.lastIndex = 0;
  const value = TIDY_VALUE.exec(text)?.[1];
  if (value === undefined) return undefined;
  const parameters: [name: string, value: string][] = [];
  let at = TIDY_VALUE.lastIndex;
  for (;;) {
    TIDY_PARAMETER.lastIndex = at;
    const parameter = TIDY_PARAMETER.exec(text);
    if (parameter === null) break;
    parameters.push([parameter[1]?.toLowerCase() ?? '', parameter[2] ?? parameter[3] ?? '']);
    at = TIDY_PARAMETER.lastIndex;
  }
  TIDY_END.lastIndex = at;
  if (!TIDY_END.test(text)) return undefined;
  return {
    value: value.toLowerCase(),
    readings: (name) => {
      const readings = new Set<string>();
      for (const [given, said] of parameters) if (given === name) addReading(readings, said);
      return [...readings];
    },
  };
}

function readAnyhow(text: string): ParameterField {
  const bare = withoutComments(text);
  const { value, params } = libmime.parseHeaderValue(text, { stripComments: true });
  return {
    value: /^["'\s]*([^\s;"',]*)/.exec(bare === text ? value : bare)?.[1]?.toLowerCase() ?? '',
    readings: (name) => {
      const readings = new Set<string>();
      const standard = params[name];
      // A comment before the value is no part of it; one within may well be, as in the name `a(1).txt`.
      if (standard !== undefined && !standard.startsWith('(')) addReading(readings, standard);
      for (const form of bare === text ? [text] : [bare, text]) addOccurrences(readings, form, name);
      return [...readings];
    },
  };
}

/** Comments nest (RFC 5322 3.2.2), and are none within quotes. */
function withoutComments(text: string): string {
  if (!text.includes('(')) return text;
  let bare = '';
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '\\') {
      if (depth === 0) bare += text.slice(at, at + 2);
      at += 1;
    } else if (depth === 0 && character === '"') {
      quoted = !quoted;
      bare += character;
    } else if (!quoted && character === '(') depth += 1;
    else if (!quoted && character === ')' && depth > 0) depth -= 1;
    else if (depth === 0) bare += character;
  }
  return bare.trim();
}

/** Every place where `name=` stands, in quotes or not, with the sections of RFC 2231 put together. */
function addOccurrences(readings: Set<string>, text: string, name: string): void {
  const sections: string[] = [];
  let occurrences = 0;
  for (const found of text.matchAll(new RegExp(`(?<![\\w-])${name}(\\*\\d{0,3}\\*?)?\\s*=\\s*`, 'gi'))) {
    if (++occurrences > OCCURRENCES_MAX) break;
    const from = found.index + found[0].length;
    const forms = valueForms(text.slice(from, from + READING_CHARACTERS_MAX));
    const section = found[1] ?? '';
    if (/\d/.test(section)) sections[Number.parseInt(section.slice(1), 10)] ??= forms[0] ?? '';
    else for (const form of forms) addReading(readings, form);
    if (section.endsWith('*')) for (const form of forms) addReading(readings, decodeExtended(form));
  }
  const whole = sections.filter((piece) => piece !== undefined).join('');
  if (whole === '') return;
  addReading(readings, decodeExtended(whole));
  addReading(readings, whole);
}

/** What may be meant by the text after the equals sign: quoted, quoted wrongly, up to white space, up to a semicolon. */
function valueForms(text: string): string[] {
  if (!text.startsWith('"')) {
    const upTo = /^[^;]*/.exec(text)?.[0].trim() ?? '';
    const word = /^[^\s;()"]*/.exec(text)?.[0] ?? '';
    return [word, upTo, upTo.replace(/^'(.*)'$/s, '$1'), upTo.replaceAll('"', '')];
  }
  const inner = /^"((?:[^"\\]|\\.)*)/s.exec(text)?.[1] ?? '';
  const short = /^"([^"]*)/.exec(text)?.[1] ?? '';
  const open = /^"([^";\s]*)/.exec(text)?.[1] ?? '';
  return [inner.replace(/\\(.)/gs, '$1'), inner, short, ...(text.indexOf('"', 1) < 0 ? [open] : [])];
}

/** RFC 2231: `charset'language'percent-encoded`. The bytes are read as UTF-8 where they are. */
function decodeExtended(text: string): string {
  const encoded = /^[\w-]*'[\w-]*'(.*)$/s.exec(text)?.[1] ?? text;
  const bytes = encoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const decoded = Buffer.from(bytes, 'latin1').toString('utf8');
  return decoded.includes('\ufffd') ? bytes : decoded;
}

function addReading(readings: Set<string>, text: string): void {
  for (const reading of text.includes('=?') ? [text, libmime.decodeWords(text)] : [text]) {
    if (readings.size < READINGS_MAX && reading !== '') readings.add(reading);
  }
}
