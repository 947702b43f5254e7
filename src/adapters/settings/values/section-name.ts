import { valueType } from './value-type.ts';

/** What stands after the dot of `[policy.NAME]` and `[service.NAME]`: it goes into headers, replies, files and events. */
export const sectionNamePattern = /^[a-z0-9][a-z0-9_-]{0,59}$/;

/** NAME of a section. */
export const sectionName = valueType('the NAME of a section', (text) =>
  sectionNamePattern.test(text) ? text : undefined,
);
