import { connect } from 'node:net';

/** ApiVersions request, version 0, correlation 1, no client id (Kafka protocol guide): any broker answers it, before authentication too. */
const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
/** Length, correlation id, error code. */
const answerBytesMin = 10;
const answerMsMax = 2000;

/** Whether a Kafka broker answers there, in plain text. Never rejects. */
export function answersApiVersions(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let answer = Buffer.alloc(0);
    const done = (isAnswered: boolean) => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.setTimeout(answerMsMax, () => done(false));
    socket.on('connect', () => socket.write(request));
    socket.on('error', () => done(false));
    socket.on('close', () => done(false));
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= answerBytesMin) done(answer.readInt16BE(8) === 0);
    });
  });
}
