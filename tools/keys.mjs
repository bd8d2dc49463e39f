// The signing keys of a Worker, for whoever runs it.
//
//   make keys                                    what there is
//   make rotate-keys                             have the next ones made
//   make withdraw-key KID=…                      end one at once
//
// of the local Worker, or with BASE=https://auth.example OPERATOR_TOKEN=… of a deployed one.
import fs from 'node:fs';
import path from 'node:path';
import { BASE } from './base.mjs';
import { ROOT } from './build.mjs';

const [command = 'list', kid = ''] = process.argv.slice(2);

function fail(line) {
  console.error(`keys: ${line}`);
  process.exit(1);
}

function localToken() {
  const file = path.resolve(ROOT, process.env.DATA ?? 'data', 'operator-token');
  if (process.env.BASE || !fs.existsSync(file)) fail('OPERATOR_TOKEN is not set');
  return fs.readFileSync(file, 'utf8').trim();
}

if (command === 'withdraw' && !/^[\w-]{43}$/.test(kid)) fail('KID is not the id of a key: see make keys');
const requests = {
  list: ['GET', ''],
  rotate: ['POST', '/rotate'],
  withdraw: ['POST', `/${kid}/withdraw`],
};
const [method, route] = requests[command] ?? fail(`no such command: ${command}`);
const token = process.env.OPERATOR_TOKEN ?? localToken();
const response = await fetch(`${BASE}/admin/keys${route}`, {
  method,
  headers: { authorization: `Bearer ${token}` },
}).catch(() => fail(`${BASE} cannot be reached`));
if (!response.ok) {
  const reasons = {
    401: 'the operator token is wrong',
    404: kid ? 'that Worker has no such key, or no OPERATOR_TOKEN' : 'that Worker has no OPERATOR_TOKEN',
  };
  fail(reasons[response.status] ?? `${BASE} answered ${response.status}`);
}
for (const { kid, alg, state, signs_from, published_until } of (await response.json()).keys) {
  const at = (seconds) => new Date(seconds * 1000).toISOString();
  const until = published_until ? `, published until ${at(published_until)}` : '';
  console.log(`${alg}  ${state.padEnd(8)}  ${kid}  signs from ${at(signs_from)}${until}`);
}
