import { type Action, actions, type SideAction, sideActions } from '../../../events/scan.ts';
import { list } from './combined.ts';
import { InvalidValue, type ValueType, valueType } from './value-type.ts';

/** What an administrator may choose: a message with a finding is never passed as if nothing had been found (invariant 3). */
type Chosen = Exclude<Action, 'pass'>;

const chosen = actions.filter((action): action is Chosen => action !== 'pass');
const isChosen = (word: string): word is Chosen => chosen.some((action) => action === word);
const isSide = (word: string): word is SideAction => sideActions.some((action) => action === word);

/** What becomes of a message: exactly one action. */
export const virusAction: ValueType<Chosen> = valueType(`one of ${chosen.join(', ')}`, (text) => {
  const words = text.split(/[\s,;+|]+/).filter((word) => word !== '');
  if (words.length > 1 && words.every((word) => isChosen(word) || isSide(word))) {
    throw new InvalidValue(
      'is more than one action: one decides what becomes of the message, the rest goes into …_also',
    );
  }
  if (isSide(text)) throw new InvalidValue(`is done besides an action: it goes into …_also, not here`);
  return isChosen(text) ? text : undefined;
});

/** What a rule of the policy may do: as the virus rule, or nothing. That it is given at all is checked with the rule. */
export const ruleAction: ValueType<Action> = {
  must: `one of ${actions.join(', ')}`,
  parse: (text, context) => (text === 'pass' || text === '' ? 'pass' : virusAction.parse(text, context)),
};

const sideAction: ValueType<SideAction> = valueType(`one of ${sideActions.join(', ')}`, (text) => {
  if (isChosen(text))
    throw new InvalidValue(`names ${text}, which decides what becomes of the message: …_action is the place`);
  return isSide(text) ? text : undefined;
});

/** What is done besides. */
export const virusActionsBesides = list(sideAction, { min: 0, max: sideActions.length });
