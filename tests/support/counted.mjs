// The Worker in this process, as it is built: its host's own modules and its WebAssembly, and as
// little as they ask for in place of the platform. What requests cost is counted.
import { instructions } from './metered.mjs';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { ROOT, build } from '../../tools/build.mjs';

const ORIGIN = 'https://auth.example';

/** What was asked of the platform since the start. */
const asked = { objects: 0, statements: 0, rows: 0 };

/** The storage of one object, in memory. */
class Storage {
  #database = new DatabaseSync(':memory:');
  #statements = new Map();
  #values = new Map();
  #alarm = null;

  kv = { get: (key) => this.#values.get(key), put: (key, value) => this.#values.set(key, value) };

  sql = {
    exec: (text, ...parameters) => {
      asked.statements++;
      const rows = this.#prepare(text).all(...parameters.map(bound));
      if (/^\s*(INSERT|UPDATE|DELETE)\b/i.test(text)) asked.rows += this.#prepare('SELECT changes()').all()[0][0];
      return { raw: () => ({ toArray: () => rows }) };
    },
  };

  #prepare(text) {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#database.prepare(text);
      statement.setReturnArrays(true);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  transactionSync(work) {
    this.#database.exec('SAVEPOINT run');
    try {
      return work();
    } catch (error) {
      this.#database.exec('ROLLBACK TO run');
      throw error;
    } finally {
      this.#database.exec('RELEASE run');
    }
  }

  setAlarm(at) {
    this.#alarm = at;
  }

  async getAlarm() {
    return this.#alarm;
  }
}

/** A value as Node's SQLite takes it: an empty buffer without an address would be NULL. */
const bound = (value) => (value instanceof ArrayBuffer ? Buffer.concat([Buffer.from(value), Buffer.of(0)]).subarray(0, -1) : value);

/** The objects of one class, by name. */
class Namespace {
  #objects = new Map();
  #make;

  constructor(make) {
    this.#make = make;
  }

  getByName(name) {
    asked.objects++;
    if (!this.#objects.has(name)) {
      const context = { storage: new Storage(), blockConcurrencyWhile: (work) => work() };
      this.#objects.set(name, this.#make(context));
    }
    return this.#objects.get(name);
  }
}

class DurableObject {
  constructor(ctx, env) {
    Object.assign(this, { ctx, env });
  }
}

/**
 * Starts the Worker, with these variables beside the usual. `send` takes what `fetch` does, and
 * says the answer's status and text, and what it cost: instructions, objects that were asked,
 * statements and rows that were written.
 */
export async function startCounted(variables = {}) {
  const module = new WebAssembly.Module(fs.readFileSync(path.join(await build(), 'countersign.wasm')));
  const env = { PUBLIC_ORIGIN: ORIGIN, MASTER_SECRET: randomBytes(32).toString('hex'), ...variables };
  globalThis.platform = { env, DurableObject, module };
  const sources = {
    'cloudflare:workers': 'export const { env, DurableObject } = globalThis.platform',
    './countersign.wasm': 'export default globalThis.platform.module',
    './listing.json': 'export default {}',
  };
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier in sources ? { url: `platform:${specifier}`, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) =>
      url.startsWith('platform:')
        ? { source: sources[url.slice('platform:'.length)], format: 'module', shortCircuit: true }
        : next(url, { ...context, format: 'module' }),
  });
  const { default: front, ...classes } = await import(pathToFileURL(path.join(ROOT, 'worker/entry.js')));
  for (const [name, Class] of Object.entries(classes)) {
    env[name.toUpperCase()] = new Namespace((context) => new Class(context, env));
  }
  return async (target, init = {}) => {
    const before = { ...asked };
    const executed = instructions();
    const response = await front.fetch(new Request(ORIGIN + target, init));
    const text = await response.text();
    const cost = { instructions: instructions() - executed };
    for (const kind of Object.keys(asked)) cost[kind] = asked[kind] - before[kind];
    return { status: response.status, text, cost };
  };
}
