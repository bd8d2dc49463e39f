// The instance of the rules, and its linear memory.
//
// A panic or a trap is an exception at the call. It leaves the instance in no state that
// anybody should rely on, so it is dropped there and then; the next call gets a new one, with
// the same settings and keyring. Nothing ever waits inside an instance, so nobody else is in it.
import module from './countersign.wasm';
import { encodeInput, decodeOutput } from './codec.js';
import * as sql from './sql.js';

/** Beyond this an instance is replaced after its call: memory grows, but never shrinks. */
const MEMORY_LIMIT = 64 * 1024 * 1024;

const text = new TextDecoder();

let wasm = null;
let bytes = new Uint8Array(0);
let numbers = new DataView(bytes.buffer);
let settings = null;
let keyring = null;

// When memory grows, its old buffer is detached and its views are empty.
function look() {
  const { buffer } = wasm.memory;
  if (bytes.buffer !== buffer) {
    bytes = new Uint8Array(buffer);
    numbers = new DataView(buffer);
  }
}

const imports = {
  host: {
    sql(statement, statementLength, parameters, _parametersLength, target, room) {
      look();
      const length = sql.query({ bytes, numbers }, statement, statementLength, parameters);
      if (length <= room) bytes.set(sql.lastAnswer(), target);
      return length;
    },
    sql_again(target) {
      look();
      bytes.set(sql.lastAnswer(), target);
    },
    log(line, length) {
      look();
      console.error(text.decode(bytes.subarray(line, line + length)));
    },
  },
};

/** Calls an export on `message`; what it gives back is a view, good until the next call. */
function call(name, message, ...parameters) {
  try {
    if (wasm === null) start();
    const target = wasm.reserve(message.length);
    look();
    bytes.set(message, target);
    const at = wasm[name](...parameters);
    look();
    return bytes.subarray(at + 4, at + 4 + numbers.getUint32(at, true));
  } catch (error) {
    wasm = null;
    throw error;
  }
}

function start() {
  wasm = new WebAssembly.Instance(module, imports).exports;
  if (settings) call('configure', settings);
  if (keyring) call('install_keyring', keyring.bytes, keyring.fetchedAt);
}

/** Takes the deployment's settings, once and before anything else. */
export function configure(message) {
  settings = message;
}

/** Installs the keyring, and returns its private keys for import. */
export function installKeyring(message, fetchedAt) {
  keyring = { bytes: message, fetchedAt };
  return call('install_keyring', message, fetchedAt);
}

/**
 * One run of the rules on the work that `parts` make together, on a place's database; `wrote` says
 * whether it made more than mere `SELECT`s.
 */
export function step(input, parts, database = null) {
  let output;
  let wrote;
  sql.lend(database);
  try {
    output = decodeOutput(call('step', encodeInput(input, parts)));
  } finally {
    wrote = sql.takeBack();
  }
  output.wrote = wrote;
  return output;
}

/** Replaces an instance that has grown too large, between two runs. */
export function tidy() {
  if (wasm !== null && wasm.memory.buffer.byteLength > MEMORY_LIMIT) wasm = null;
}
