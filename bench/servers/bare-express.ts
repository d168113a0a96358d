/** The baseline of the budgets: Express 5 with its own JSON reader and one fixed answer. PORT and ANSWER (a file) come from the bench. */
import { readFileSync } from 'node:fs';
import express from 'express';

const { PORT = '0', ANSWER = '' } = process.env;
const answer = JSON.parse(readFileSync(ANSWER, 'utf8')) as unknown;

const app = express();
app.use(express.json({ limit: '10mb' }));
app.get('/readyz', (_req, res) => {
  res.json({ status: 'ready' });
});
app.post('/cds-services/:id', (_req, res) => {
  res.json(answer);
});
app.listen(Number(PORT), '127.0.0.1');
// A profile is written at an orderly end only.
process.on('SIGTERM', () => process.exit(0));
