import { section } from '../section.ts';
import { cidr } from '../values/cidr.ts';
import { list } from '../values/combined.ts';

const doc = `Rules of your own, besides the virus rule. Each rule is a section \`[policy.NAME]\`; they are looked at in the order in which they stand in the file, and the first that matches is the one.`;

/** What rules have in common. */
export const policy = section(doc, {
  own_networks: {
    type: list(cidr, { min: 0, max: 1000 }),
    default: '',
    doc: 'Where our own clients are, e.g. `10.0.0.0/8, 2001:db8::/32`: mail from there to `[notify] own_domains` is `internal`, not `incoming`. Behind an MTA it has to tell the client by XFORWARD.',
    since: '0.4.0',
  },
});
