import type { Settings } from '../adapters/settings/settings.ts';
import { hostPortText } from '../adapters/settings/values/host.ts';
import type { SmtpOptions } from '../adapters/smtp/start-smtp.ts';

/** Options of the SMTP port from `[smtp]`. */
export function smtpOptions(
  { smtp }: Settings,
  onProblem: (problem: string, error: unknown) => void,
): Omit<SmtpOptions, 'spool' | 'reception'> {
  return {
    listen: smtp.listen.map((address) => ('path' in address ? `unix:${address.path}` : hostPortText(address))),
    name: smtp.hostname,
    limits: {
      clientsMax: smtp.clients_max,
      clientsPerAddressMax: smtp.clients_per_address_max,
      messageBytesMax: smtp.message_bytes_max,
      recipientsMax: smtp.recipients_max,
      idleMsMax: smtp.idle_seconds_max * 1000,
      dataMsMax: smtp.data_seconds_max * 1000,
      hopsMax: smtp.hops_max,
    },
    xforwardFrom: [...smtp.xforward_hosts.map(({ address, prefix }) => `${address}/${prefix}`), 'unix'],
    bareLineEnds: smtp.bare_line_ends,
    onProblem: (error) => onProblem('smtp', error),
  };
}
