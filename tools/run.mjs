// `make run`: builds what is out of date and serves it here, on data that stay.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, build } from './build.mjs';
import { probe, serve } from './workerd.mjs';

const data = path.resolve(ROOT, process.env.DATA ?? 'data');
const port = Number(process.env.PORT ?? 8787);
const origin = (process.env.PUBLIC_ORIGIN ?? `http://localhost:${port}`).replace(/\/+$/, '');

function fail(line) {
  console.error(`run: ${line}`);
  process.exit(1);
}

/** A secret of this machine's, made once. */
function secret(name, length) {
  const file = path.join(data, name);
  if (!fs.existsSync(file)) {
    fs.writeFileSync(file, `${randomBytes(length).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  }
  return fs.readFileSync(file, 'utf8').trim();
}

function guide() {
  return `
Countersign runs at ${origin}  (data in ${path.relative(ROOT, data) || '.'}/; Ctrl-C stops it)

  Home page          ${origin}/
  Anexus base URL    ${origin}/anexus
  Anexus login URL   ${origin}/auth

Use it with the published SDK:

  pip install anexus-sdk httpx starlette
  export ANEXUS_BASE_URL=${origin}/anexus ANEXUS_AUTH_URL=${origin}/auth

A demo person, platform, key and permissions, with commands to paste (in another terminal):

  make demo
`;
}

if (!Number.isInteger(port) || port < 1 || port > 65535) fail(`PORT is not a port: ${process.env.PORT}`);
const hosts = [];
for (const host of ['127.0.0.1', '::1']) {
  const state = await probe(port, host);
  if (state === 'taken') fail(`port ${port} is in use: stop what holds it, or choose another with PORT=8788 make run`);
  if (state === 'free') hosts.push(host);
}
if (!hosts.length) fail('this machine has no loopback address');

const directory = await build().catch((error) => fail(`the build failed: ${error.message}`));
fs.mkdirSync(data, { recursive: true });
const variables = {
  PUBLIC_ORIGIN: origin,
  MASTER_SECRET: secret('master-secret', 32),
  OPERATOR_TOKEN: secret('operator-token', 32),
  DEVELOPMENT: 'yes',
};
const child = await serve({ directory, data, port, hosts, variables }).catch((error) => fail(error.message));

// The first request makes the signing keys: better now than while somebody waits.
const ready = await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`).catch(() => undefined);
if (!ready?.ok) {
  child.kill();
  fail('the Worker does not answer (its log is above)');
}
console.log(guide());

let stopping = false;
const stop = () => {
  stopping = true;
  child.kill('SIGTERM');
};
process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
child.on('exit', (code, signal) => {
  if (!stopping) console.error(`run: workerd ended (${signal ?? code})`);
  process.exit(stopping ? 0 : 1);
});
