import { gatewayNameForm } from '../../../events/command.ts';
import { type ValueType, valueType } from './value-type.ts';

/** `yes` or `no`. */
export const yesNo: ValueType<boolean> = valueType('yes or no', (text) =>
  text === 'yes' ? true : text === 'no' ? false : undefined,
);

/** One of a closed list of words. */
export function choice<const Word extends string>(...words: readonly Word[]): ValueType<Word> {
  return valueType(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text));
}

/** Printable text on one line, up to `charactersMax`; not empty. */
export function text(charactersMax: number): ValueType<string> {
  return valueType(`text of 1 to ${charactersMax} characters without control characters`, (value) =>
    value !== '' && value.length <= charactersMax && !/\p{Cc}/u.test(value) ? value : undefined,
  );
}

/** What the names of Kafka topics may begin with: letters, digits, dots and dashes, but no underscore, which Kafka takes for a dot. */
export const topicPrefix: ValueType<string> = valueType('1 to 100 letters, digits, dots and dashes', (value) =>
  /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,98}[A-Za-z0-9])?$/.test(value) ? value : undefined,
);

/** A gateway's name: one word that may stand in subjects of events and in names of consumer groups. */
export const gatewayName: ValueType<string> = valueType('1 to 253 letters, digits, dots, dashes and colons', (value) =>
  gatewayNameForm.test(value) ? value : undefined,
);
