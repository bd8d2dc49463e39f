// A Worker of one's own for a test: built where out of date, on a free port, on fresh data.
//
//   const worker = await startWorker();
//   await fetch(`${worker.origin}/.well-known/jwks.json`);
//   await worker.stop();
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from '../../tools/build.mjs';
import { freePort, serve } from '../../tools/workerd.mjs';

/** What the operator's door asks for in tests. */
export const OPERATOR_TOKEN = 'operator-token-of-the-tests-0123456789';

/**
 * @param {object} [options]
 * @param {'worker' | 'edge-test'} [options.variant] `edge-test` has a door that breaks on purpose
 * @param {Record<string, string>} [options.variables] bindings beside or instead of the usual
 */
export async function startWorker({ variant = 'worker', variables = {} } = {}) {
  const directory = await build(variant);
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-'));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const options = {
    directory,
    data,
    port,
    variables: {
      PUBLIC_ORIGIN: origin,
      MASTER_SECRET: randomBytes(32).toString('hex'),
      OPERATOR_TOKEN,
      DEVELOPMENT: 'yes',
      ...variables,
    },
    output: (text) => (worker.log += text),
  };
  const end = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  let child;
  const worker = {
    origin,
    data,
    /** The process, as a bench looks at it from outside. */
    get pid() {
      return child.pid;
    },
    /** All that the Worker has written to its log. */
    log: '',
    /** Starts it again, on the same data and port. */
    async start() {
      child = await serve(options);
    },
    /** Ends it as Ctrl-C does, and keeps the data. */
    async end() {
      await end('SIGTERM');
    },
    /** Ends it and starts it with other bindings, on the same data. */
    async restartWith(changed) {
      await end('SIGTERM');
      Object.assign(options.variables, changed);
      await worker.start();
    },
    /** Ends it in the middle of whatever it does, and keeps the data. */
    async kill() {
      await end('SIGKILL');
    },
    /** Ends it and forgets its data. */
    async stop() {
      await end('SIGKILL');
      fs.rmSync(data, { recursive: true, force: true });
    },
  };
  try {
    await worker.start();
  } catch (error) {
    throw new Error(`${error.message}\n${worker.log}`);
  }
  return worker;
}
