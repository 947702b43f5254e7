import { type FileType, fileTypeGroups, fileTypes, typesNamed } from '../../../events/file-types.ts';
import { nearestName } from '../nearest-name.ts';
import { isHost } from './host.ts';
import { InvalidValue, type ValueType, valueType } from './value-type.ts';

/** Whom a rule is about; see `isAddressed` in src/machines/address.ts. */
export const addressPattern: ValueType<string> = valueType(
  'an address like name@example.org or *@example.org, a domain, .example.org for those below it, or <>',
  (text) => {
    const lower = text.toLowerCase();
    if (lower === '<>') return lower;
    const [, local, domain = lower] = /^([^@\s<>]+)@([^@\s<>]+)$/.exec(lower) ?? [];
    if (local === undefined) return isHost(domain.replace(/^\./, '')) ? lower : undefined;
    return domain === '*' || isHost(domain.replace(/^\*\./, '')) ? lower : undefined;
  },
);

/** Names of files; case does not matter. */
export const namePattern: ValueType<string> = valueType('a name like *.exe, without / and \\', (text) =>
  text !== '' && text.length <= 255 && !/[/\\\p{Cc}]/u.test(text) ? text.normalize('NFKC').toLowerCase() : undefined,
);

/** A media type; case does not matter. */
export const mediaTypePattern: ValueType<string> = valueType('a media type like application/pdf or video/*', (text) => {
  const lower = text.toLowerCase();
  return /^[a-z0-9.+*-]+\/[a-z0-9.+*-]+$/.test(lower) ? lower : undefined;
});

const groups = Object.keys(fileTypeGroups);

/** A type of file, or a group of them. */
export const fileTypeWord: ValueType<readonly FileType[]> = {
  must: `a type such as exe or pdf, or one of ${groups.join(', ')}`,
  parse(text) {
    const types = typesNamed(text);
    if (types.length > 0) return types;
    const meant = nearestName(text, [...groups, ...fileTypes]);
    const hint = meant === undefined ? `there are ${[...groups, ...fileTypes].join(', ')}` : `did you mean ${meant}?`;
    throw new InvalidValue(`names ${text}, which is no type of file; ${hint}`);
  },
};
