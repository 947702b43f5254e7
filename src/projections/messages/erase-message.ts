import { type Eraser, erased } from '../../events/personal.ts';
import type { Change, Row, Rows } from '../projection.ts';
import { addressesOf, addressKey } from './keys.ts';
import type { ArrivalRow } from './rows.ts';

/** Takes personal data out of all rows of a scan: as if its events had come without. @param row its arrival */
export function eraseMessage(row: Row, { ofScan }: Eraser, rows: Rows): Change[] {
  const arrival = row as unknown as ArrivalRow;
  const { guid, time } = arrival;
  const without = withoutId(ofScan(arrival));
  const left = new Set(addressesOf(without));
  const gone = addressesOf(arrival).filter((address) => !left.has(address));
  const outcome = rows.get('outcomes', guid);
  const outcomeWithout = ofScan(outcome);
  return [
    ...(without === arrival ? [] : [{ table: 'arrivals', key: guid, row: without as unknown as Row }]),
    ...gone.map((address) => ({ table: 'addresses', key: addressKey(address, time, guid) })),
    ...(outcomeWithout === undefined || outcomeWithout === outcome
      ? []
      : [{ table: 'outcomes', key: guid, row: outcomeWithout }]),
  ];
}

/** An erased Message-ID is none: it would else be that of many messages. */
function withoutId(arrival: ArrivalRow): ArrivalRow {
  return arrival.messageId === erased ? { ...arrival, messageId: null } : arrival;
}
