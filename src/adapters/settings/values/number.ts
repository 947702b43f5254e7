import { type ValueType, valueType } from './value-type.ts';

/** A whole number in decimal digits, `min` and `max` included (D19). */
export function integer(min: number, max: number): ValueType<number> {
  return valueType(`an integer from ${min} to ${max}`, (text) => within(text, /^-?\d{1,16}$/, min, max));
}

/** A number such as `0.0001`, `min` and `max` included. */
export function decimal(min: number, max: number): ValueType<number> {
  return valueType(`a number from ${min} to ${max}`, (text) => within(text, /^\d{1,9}(\.\d{1,12})?$/, min, max));
}

function within(text: string, form: RegExp, min: number, max: number): number | undefined {
  const value = Number(text);
  return form.test(text) && value >= min && value <= max ? value : undefined;
}
