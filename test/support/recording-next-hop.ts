import {
  type ClientInfo,
  type MailCommand,
  type NextHop,
  type NextHopTransaction,
  NextHopUnavailable,
  type Reply,
} from '../../src/actors/ports/mail.ts';

/** A message that the next hop has got with its dot. */
export interface DeliveredMessage {
  from: string;
  recipients: readonly string[];
  content: Buffer;
}

const ok: Reply = { code: 250, text: '2.0.0 Ok: queued by the next hop' };

/** A next hop in memory that keeps what it gets; every step can be made to answer, wait or fail otherwise. */
export class RecordingNextHop implements NextHop {
  readonly delivered: DeliveredMessage[] = [];
  /** Transactions that began and were not released. */
  open = 0;
  released = 0;
  onBegin: (client: ClientInfo) => Promise<void> | void = () => {};
  onMail: (command: MailCommand) => Promise<Reply> | Reply = () => ok;
  onRcpt: (command: MailCommand) => Promise<Reply> | Reply = () => ok;
  /** Called when the whole message with its dot is there, before it counts as delivered. */
  onData: (message: DeliveredMessage) => Promise<Reply> | Reply = () => ok;

  async begin(client: ClientInfo): Promise<NextHopTransaction> {
    await this.onBegin(client);
    this.open++;
    let from = '';
    const recipients: string[] = [];
    let isOver = false;
    const inTime = () => {
      if (isOver) throw new NextHopUnavailable('the transaction was released');
    };
    return {
      mail: async (command) => {
        inTime();
        from = command.path;
        return this.onMail(command);
      },
      rcpt: async (command) => {
        inTime();
        recipients.push(command.path);
        return this.onRcpt(command);
      },
      data: async (content) => {
        inTime();
        const message = { from, recipients, content: Buffer.concat(content) };
        const reply = await this.onData(message);
        inTime();
        if (reply.code < 300) this.delivered.push(message);
        return reply;
      },
      release: () => {
        if (isOver) return;
        isOver = true;
        this.open--;
        this.released++;
      },
    };
  }

  async close(): Promise<void> {}
}
