import { PublishFailure } from '../../actors/ports/relay.ts';
import { kafkaReason, kafkaTrouble } from './errors.ts';

const initCommand = 'sekisho kafka init';

/** Topics that are not there, by name. */
export function topicsMissing(names: readonly string[]): PublishFailure {
  const [is, topics] = names.length === 1 ? ['is', 'topic'] : ['are', 'topics'];
  return new PublishFailure('stuck', `the ${topics} ${names.join(', ')} ${is} missing`, { remedy: initCommand });
}

/** What an error of kafkajs means to the relay. */
export function publishFailure(error: unknown): PublishFailure {
  if (error instanceof PublishFailure) return error;
  const told = { cause: error };
  const reason = kafkaReason(error);
  switch (kafkaTrouble(error)) {
    case 'refused':
      return new PublishFailure('refused', reason, told);
    case 'topic-missing':
      return new PublishFailure('stuck', reason, { ...told, remedy: initCommand });
    case 'clock':
      return new PublishFailure('stuck', reason, {
        ...told,
        remedy: 'set the clocks of this machine and of the broker',
      });
    default:
      // A password or PEM file that cannot be read.
      return new PublishFailure(isOfFile(error) ? 'refused' : 'away', reason, told);
  }
}

function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && ['open', 'read'].includes(String(error.syscall));
}
