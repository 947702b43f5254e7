import { parseReceiverUrl, receiverLabel, type SnmpReceiver } from '../../snmp/receiver-url.ts';
import { list } from './combined.ts';
import { InvalidValue, type ValueType, valueType } from './value-type.ts';

const receiver = valueType(
  'snmp://community@host:port or snmpv3://user@host:port, with ?type=trap or ?type=inform',
  (text) => parseReceiverUrl(text),
);
const receivers = list(receiver, { min: 0, max: 16 });

/** Who gets SNMP, parted by commas. An address with two communities would get everything twice. */
export const snmpReceivers: ValueType<readonly Readonly<SnmpReceiver>[]> = {
  must: receivers.must,
  parse(text, context) {
    const all = receivers.parse(text, context);
    const labels = all.map(receiverLabel);
    const twice = labels.find((label, index) => labels.indexOf(label) !== index);
    if (twice !== undefined) throw new InvalidValue(`names ${twice} twice`);
    return all;
  },
};
