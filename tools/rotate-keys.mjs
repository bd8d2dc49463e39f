// `make rotate-keys`: has the next signing keys made, and says what comes when.
//
//   make rotate-keys                                              the local Worker
//   make rotate-keys BASE=https://auth.example OPERATOR_TOKEN=…    a deployed one
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './build.mjs';

const base = (process.env.BASE ?? `http://localhost:${process.env.PORT ?? 8787}`).replace(/\/+$/, '');

function fail(line) {
  console.error(`rotate-keys: ${line}`);
  process.exit(1);
}

function localToken() {
  const file = path.resolve(ROOT, process.env.DATA ?? 'data', 'operator-token');
  if (process.env.BASE || !fs.existsSync(file)) fail('OPERATOR_TOKEN is not set');
  return fs.readFileSync(file, 'utf8').trim();
}

const token = process.env.OPERATOR_TOKEN ?? localToken();
const response = await fetch(`${base}/admin/keys/rotate`, {
  method: 'POST',
  headers: { authorization: `Bearer ${token}` },
}).catch(() => fail(`${base} cannot be reached`));
if (!response.ok) {
  const reasons = { 401: 'the operator token is wrong', 404: 'that Worker has no OPERATOR_TOKEN' };
  fail(reasons[response.status] ?? `${base} answered ${response.status}`);
}
for (const { kid, alg, state, signs_from, published_until } of (await response.json()).keys) {
  const at = (seconds) => new Date(seconds * 1000).toISOString();
  const until = published_until ? `, published until ${at(published_until)}` : '';
  console.log(`${alg}  ${state.padEnd(8)}  ${kid}  signs from ${at(signs_from)}${until}`);
}
