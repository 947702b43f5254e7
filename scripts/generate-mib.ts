/** Writes mibs/SEKISHO-MIB.txt from src/adapters/snmp/mib.ts: `npm run mib`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  longTextOctetsMax,
  type MibKind,
  type MibObject,
  mibLevels,
  mibNotificationName,
  mibNotifications,
  mibObjects,
  mibRoot,
  objectsOf,
  textOctetsMax,
} from '../src/adapters/snmp/mib.ts';

/** Changes with the table: what a MIB says of its last change must not depend on the day it is made. */
const revision = { date: '202611240000Z', doc: 'The first version.' };

const [enterprise, arc] = mibRoot.split('.').slice(-2);
const name = mibNotificationName;
const list = (names: readonly string[], indent: string) => names.map((each) => `${indent}${each}`).join(',\n');

/** A DESCRIPTION: quoted, wrapped, and without what would end it. */
function quoted(text: string, indent: string): string {
  const lines = [''];
  for (const word of text.replaceAll('"', "'").split(' ')) {
    const last = lines.length - 1;
    const line = lines[last] === '' ? word : `${lines[last]} ${word}`;
    if (line.length > 66) lines.push(word);
    else lines[last] = line;
  }
  return `"${lines.join(`\n${indent} `)}"`;
}

const object = ([objectName, { number, syntax, doc }]: [string, MibObject]) => `
${objectName} OBJECT-TYPE
    SYNTAX      ${syntax}
    MAX-ACCESS  accessible-for-notify
    STATUS      current
    DESCRIPTION
        ${quoted(doc, '        ')}
    ::= { sekishoObjects ${number} }
`;

const notification = (kind: MibKind) => `
${name(kind)} NOTIFICATION-TYPE
    OBJECTS {
${list(
  objectsOf(kind).map((each) => each.name),
  '        ',
)}
    }
    STATUS      current
    DESCRIPTION
        ${quoted(mibNotifications[kind].doc, '        ')}
    ::= { sekishoNotifications ${mibNotifications[kind].number} }
`;

const levels = Object.entries(mibLevels)
  .map(([word, number]) => `${word}(${number})`)
  .join(', ');

const head = `-- Made from src/adapters/snmp/mib.ts by \`npm run mib\`. Do not edit.
-- 32473 is the enterprise number for examples (RFC 5612): Sekisho has no registered one.

SEKISHO-MIB DEFINITIONS ::= BEGIN

IMPORTS
    MODULE-IDENTITY, OBJECT-TYPE, NOTIFICATION-TYPE,
    Unsigned32, Integer32, enterprises
        FROM SNMPv2-SMI
    TEXTUAL-CONVENTION, DateAndTime
        FROM SNMPv2-TC
    MODULE-COMPLIANCE, OBJECT-GROUP, NOTIFICATION-GROUP
        FROM SNMPv2-CONF;

sekishoMIB MODULE-IDENTITY
    LAST-UPDATED "${revision.date}"
    ORGANIZATION "The Sekisho project"
    CONTACT-INFO
        "The issues of the project's repository."
    DESCRIPTION
        ${quoted('What Sekisho, an SMTP gateway that looks files in mail up by their hash, tells administrators. Notifications only: there is nothing to be read or set.', '        ')}
    REVISION    "${revision.date}"
    DESCRIPTION
        ${quoted(revision.doc, '        ')}
    ::= { exampleEnterprise ${arc} }

exampleEnterprise    OBJECT IDENTIFIER ::= { enterprises ${enterprise} }
sekishoNotifications OBJECT IDENTIFIER ::= { sekishoMIB 0 }
sekishoObjects       OBJECT IDENTIFIER ::= { sekishoMIB 1 }
sekishoConformance   OBJECT IDENTIFIER ::= { sekishoMIB 2 }

SekishoText ::= TEXTUAL-CONVENTION
    DISPLAY-HINT "${textOctetsMax}t"
    STATUS      current
    DESCRIPTION
        ${quoted('Text in UTF-8 without control characters. The same as SnmpAdminString of RFC 3411, so that this module needs no other than SMIv2.', '        ')}
    SYNTAX      OCTET STRING (SIZE (0..${textOctetsMax}))

SekishoLongText ::= TEXTUAL-CONVENTION
    DISPLAY-HINT "${longTextOctetsMax}t"
    STATUS      current
    DESCRIPTION
        ${quoted('Text in UTF-8 that is too long for SekishoText.', '        ')}
    SYNTAX      OCTET STRING (SIZE (0..${longTextOctetsMax}))

SekishoLevelNumber ::= TEXTUAL-CONVENTION
    STATUS      current
    DESCRIPTION
        ${quoted('information: as it should be, or again so. warning: not as it should be. error: somebody must look.', '        ')}
    SYNTAX      INTEGER { ${levels} }
`;

const kinds = Object.keys(mibNotifications) as MibKind[];
const objects: [string, MibObject][] = Object.entries(mibObjects);

const groups = `
sekishoCompliances OBJECT IDENTIFIER ::= { sekishoConformance 1 }
sekishoGroups      OBJECT IDENTIFIER ::= { sekishoConformance 2 }

sekishoCompliance MODULE-COMPLIANCE
    STATUS      current
    DESCRIPTION
        "What every version of Sekisho that sends notifications does."
    MODULE
        MANDATORY-GROUPS { sekishoNotificationGroup, sekishoObjectGroup }
    ::= { sekishoCompliances 1 }

sekishoNotificationGroup NOTIFICATION-GROUP
    NOTIFICATIONS {
${list(kinds.map(name), '        ')}
    }
    STATUS      current
    DESCRIPTION
        "All notifications."
    ::= { sekishoGroups 1 }

sekishoObjectGroup OBJECT-GROUP
    OBJECTS {
${list(
  objects.map(([objectName]) => objectName),
  '        ',
)}
    }
    STATUS      current
    DESCRIPTION
        "What notifications carry."
    ::= { sekishoGroups 2 }

END
`;

/** mibs/SEKISHO-MIB.txt. */
export function mibText(): string {
  return [head, ...objects.map(object), ...kinds.map(notification), groups].join('');
}

if (import.meta.main) {
  await writeFile(fileURLToPath(new URL('../mibs/SEKISHO-MIB.txt', import.meta.url)), mibText());
}
