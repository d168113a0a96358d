/** The floor of Node: `node:http`, JSON.parse of the body, one fixed answer. PORT and ANSWER (a file) come from the bench. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT = '0', ANSWER = '' } = process.env;
const answer = JSON.parse(readFileSync(ANSWER, 'utf8')) as unknown;

createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    if (chunks.length > 0) JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const body = JSON.stringify(answer);
    res
      .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
      .end(body);
  });
}).listen(Number(PORT), '127.0.0.1');
