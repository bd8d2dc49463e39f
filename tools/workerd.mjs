// Serves a built Worker with plain `workerd`: its configuration, and its life.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRequire } from 'node:module';

const COMPATIBILITY_DATE = '2026-11-01';
const PLACES = { ACCOUNT: 'Account', DIRECTORY: 'Directory', KEYRING: 'Keyring', MAILBOX: 'Mailbox' };

/** The workerd binary itself: its npm wrapper would stand between it and signals. */
export const BINARY = createRequire(import.meta.url).resolve(
  `@cloudflare/workerd-${process.platform}-${process.arch === 'x64' ? '64' : process.arch}/bin/workerd`,
);

/**
 * The configuration. `variables` become text bindings. In development the Worker may reach
 * this machine, otherwise public addresses only.
 */
function configuration({ directory, data, objects, addresses, variables }) {
  const text = JSON.stringify; // Cap'n Proto strings are escaped as JSON's are
  // What is embedded is named from the configuration's own directory.
  const built = (name) => text(path.relative(data, path.join(directory, name)));
  const bindings = [
    ...Object.entries(variables).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...Object.entries(PLACES).map(
      ([name, className]) => `(name = "${name}", durableObjectNamespace = "${className}")`,
    ),
    '(name = "ASSETS", service = "assets")',
  ];
  const namespaces = Object.values(PLACES).map(
    (name) => `(className = "${name}", uniqueKey = "countersign-${name}", enableSql = true)`,
  );
  const sockets = addresses.map(
    (address, index) => `(name = "http${index}", address = "${address}", http = (), service = "main")`,
  );
  const reach = variables.DEVELOPMENT === 'yes' ? '"public", "local"' : '"public"';
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "objects", disk = (path = ${text(objects)}, writable = true)),
    (name = "assets", disk = (path = ${text(path.join(directory, 'public'))})),
    (name = "internet", network = (allow = [${reach}], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [${sockets.join(', ')}],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed ${built('index.js')}),
    (name = "countersign.wasm", wasm = embed ${built('countersign.wasm')}),
  ],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [
    ${bindings.join(',\n    ')},
  ],
);
`;
}

/**
 * Starts workerd on a built Worker and waits until it listens.
 *
 * @param {object} options
 * @param {string} options.directory what tools/build.mjs returned
 * @param {string} options.data where objects are kept; made where it is missing
 * @param {number} options.port
 * @param {string[]} [options.hosts] addresses to listen on
 * @param {Record<string, string>} options.variables text bindings
 * @param {'inherit' | 'ignore' | ((text: string) => void)} [options.output]
 * @returns {Promise<import('node:child_process').ChildProcess>}
 */
export async function serve({ directory, data, port, hosts = ['127.0.0.1'], variables, output = 'inherit' }) {
  fs.mkdirSync(path.join(data, 'objects'), { recursive: true });
  data = fs.realpathSync(data);
  const objects = path.join(data, 'objects');
  const file = path.join(data, 'workerd.capnp');
  const addresses = hosts.map((host) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  // It holds the secrets, as the file of the master secret does.
  fs.rmSync(file, { force: true });
  fs.writeFileSync(file, configuration({ directory, data, objects, addresses, variables }), { mode: 0o600 });
  const listens = typeof output === 'function';
  const child = spawn(BINARY, ['serve', file], {
    stdio: ['ignore', ...(listens ? ['pipe', 'pipe'] : [output, output])],
  });
  if (listens) for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output(String(chunk)));
  let failed;
  child.once('error', (error) => (failed = error.message));
  child.once('exit', (code, signal) => (failed ??= `workerd ended at once (${signal ?? code})`));
  for (let waited = 0; !(await isListening(port, hosts[0])); waited += 5) {
    if (failed) throw new Error(failed);
    if (waited > 20_000) throw new Error('workerd does not listen');
    await sleep(5);
  }
  return child;
}

function isListening(port, host) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host });
    socket.once('connect', () => resolve(true) ?? socket.destroy());
    socket.once('error', () => resolve(false));
  });
}

/** A port that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Whether `host` exists here and `port` is free on it: 'free', 'taken' or 'absent'. */
export function probe(port, host) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', ({ code }) => resolve(code === 'EADDRINUSE' || code === 'EACCES' ? 'taken' : 'absent'));
    server.listen(port, host, () => server.close(() => resolve('free')));
  });
}
