// The two Workers that are measured, each in a workerd of its own on fresh data.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { BINARY, freePort } from '../../tools/workerd.mjs';
import { startWorker } from '../../tests/support/workerd.mjs';

/** Ours, as `startWorker` serves it to tests. */
export async function ours() {
  const worker = await startWorker();
  return { ...worker, port: Number(new URL(worker.origin).port), file: path.join(worker.data, 'workerd.capnp') };
}

/** A Worker in plain JavaScript, on the same storage: the one for codes, or another of this folder. */
export async function plain(name = 'plain.js') {
  const module = new URL(name, import.meta.url).pathname;
  const data = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-plain-')));
  fs.mkdirSync(path.join(data, 'objects'));
  const port = await freePort();
  const file = path.join(data, 'workerd.capnp');
  fs.writeFileSync(
    file,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "objects", disk = (path = ${JSON.stringify(path.join(data, 'objects'))}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "plain.js", esModule = embed ${JSON.stringify(path.relative(data, module))})],
  compatibilityDate = "2026-11-01",
  durableObjectNamespaces = [(className = "Account", uniqueKey = "plain-Account", enableSql = true)],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [(name = "ACCOUNT", durableObjectNamespace = "Account")],
);
`,
  );
  let child = spawn(BINARY, ['serve', file], { stdio: ['ignore', 'inherit', 'inherit'] });
  await firstAnswer(port, '/');
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    file,
    async end() {
      if (child) await kill(child);
      child = undefined;
    },
    async stop() {
      await this.end();
      fs.rmSync(data, { recursive: true, force: true });
    },
  };
}

async function kill(child) {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Milliseconds from the start of a process that serves `file` to its first answer. */
export async function startUp(file, port, pathname) {
  const started = performance.now();
  const child = spawn(BINARY, ['serve', file], { stdio: 'ignore' });
  await firstAnswer(port, pathname);
  const took = performance.now() - started;
  await kill(child);
  return took;
}

async function firstAnswer(port, pathname) {
  for (;;) {
    const answered = await new Promise((resolve) => {
      const request = http.get({ host: '127.0.0.1', port, path: pathname, agent: false }, (response) => {
        response.resume().on('end', () => resolve(true));
      });
      request.on('error', () => resolve(false));
    });
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
