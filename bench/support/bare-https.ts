import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

// What Node and TLS cost without us: reads each request and answers a constant. Arguments: port, certificate and key, answer.
const [port = '', certificate = '', key = '', answerFile = ''] = process.argv.slice(2);
const answer = readFileSync(answerFile);
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': answer.length };
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key), minVersion: 'TLSv1.2' });
server.keepAliveTimeout = 60_000;
server.on('request', (request, response) => {
  request.on('data', () => undefined);
  request.on('end', () => response.writeHead(200, headers).end(answer));
});
server.listen(Number(port), '127.0.0.1');
