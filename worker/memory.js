// The instance, its linear memory, and the database that a run stands on.
//
// A panic or a trap is an exception at the call. It leaves the instance in no state that
// anybody should rely on, so it is dropped there and then; the next call gets a new one, with
// the same settings and keyring. Nothing ever waits inside an instance, so nobody else is in it.
import module from './countersign.wasm';
import { encodeInput, decodeOutput } from './codec.js';

const FAULT = 1;
/** Beyond this an instance is replaced after its call: memory grows, but never shrinks. */
const MEMORY_LIMIT = 64 * 1024 * 1024;

const utf8 = new TextEncoder();
// A byte order mark is part of the text.
const text = new TextDecoder('utf-8', { ignoreBOM: true });

let wasm = null;
let bytes = new Uint8Array(0);
let numbers = new DataView(bytes.buffer);
let settings = null;
let keyring = null;

/** The database of the run under way; none at the front. */
let database = null;
/** Whether that run has made a statement that is not a mere `SELECT`. */
let wrote = false;
const statements = new Map();
let answer = new Uint8Array(16 * 1024);
let answerNumbers = new DataView(answer.buffer);
let answerLength = 0;

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
      answerLength = 0;
      try {
        if (database === null) throw new Error('no database at the front');
        const known = statementAt(statement, statementLength);
        wrote ||= !known.reads;
        const cursor = database.exec(known.sql, ...readParameters(parameters));
        writeRows(known.answers ? cursor.raw().toArray() : []);
      } catch (error) {
        answerLength = 0;
        const words = utf8.encode(String(error?.message ?? error));
        grow(1 + words.length);
        answer[0] = FAULT;
        answer.set(words, 1);
        answerLength = 1 + words.length;
      }
      if (answerLength <= room) bytes.set(answer.subarray(0, answerLength), target);
      return answerLength;
    },
    sql_again(target) {
      look();
      bytes.set(answer.subarray(0, answerLength), target);
    },
    log(line, length) {
      look();
      console.error(text.decode(bytes.subarray(line, line + length)));
    },
  },
};

/** A statement of the rules. Their texts are constants, so an address names one for good. */
function statementAt(start, length) {
  let known = statements.get(start);
  // One statement may be the beginning of another: they then share an address.
  if (known?.length !== length) {
    const sql = text.decode(bytes.subarray(start, start + length));
    const [reads, answers] = [/^\s*SELECT\b/i.test(sql), /\b(SELECT|RETURNING)\b/i.test(sql)];
    known = { sql, length, reads, answers };
    statements.set(start, known);
  }
  return known;
}

// src/edge/store.rs has the encoding of both.
function readParameters(at) {
  const count = numbers.getUint32(at, true);
  const length = numbers.getUint32(at + 4, true);
  let textAt = at + 8;
  at = textAt + length;
  const texts = length ? text.decode(bytes.subarray(textAt, at)) : '';
  // Where all is ASCII, a place among the bytes is a place in the text.
  const isAscii = texts.length === length;
  const start = textAt;
  const parameters = new Array(count);
  for (let index = 0; index < count; index++) {
    const kind = bytes[at++];
    if (kind === 0) {
      parameters[index] = null;
    } else if (kind === 1) {
      parameters[index] = numbers.getFloat64(at, true);
      at += 8;
    } else {
      const length = numbers.getUint32(at, true);
      at += 4;
      if (kind === 2) {
        const end = textAt + length;
        parameters[index] = isAscii
          ? texts.slice(textAt - start, end - start)
          : text.decode(bytes.subarray(textAt, end));
        textAt = end;
      } else {
        parameters[index] = bytes.buffer.slice(at, at + length);
        at += length;
      }
    }
  }
  return parameters;
}

function writeRows(rows) {
  grow(9);
  answer[0] = 0;
  answerNumbers.setUint32(1, rows.length, true);
  answerNumbers.setUint32(5, rows[0]?.length ?? 0, true);
  answerLength = 9;
  for (const row of rows) for (const value of row) writeValue(value);
}

function writeValue(value) {
  if (value === null) {
    grow(1);
    answer[answerLength++] = 0;
  } else if (typeof value === 'number') {
    grow(9);
    answer[answerLength++] = 1;
    answerNumbers.setFloat64(answerLength, value, true);
    answerLength += 8;
  } else if (typeof value === 'string') {
    grow(5 + value.length * 3);
    answer[answerLength] = 2;
    const written = writeText(value, answerLength + 5);
    answerNumbers.setUint32(answerLength + 1, written, true);
    answerLength += 5 + written;
  } else {
    const blob = new Uint8Array(value);
    grow(5 + blob.length);
    answer[answerLength] = 3;
    answerNumbers.setUint32(answerLength + 1, blob.length, true);
    answer.set(blob, answerLength + 5);
    answerLength += 5 + blob.length;
  }
}

/** Writes a text into the answer at `start`, and says how long it is there. */
function writeText(value, start) {
  for (let at = 0; at < value.length; at++) {
    const unit = value.charCodeAt(at);
    if (unit > 127) return utf8.encodeInto(value, answer.subarray(start)).written;
    answer[start + at] = unit;
  }
  return value.length;
}

function grow(length) {
  const needed = answerLength + length;
  if (needed <= answer.length) return;
  const larger = new Uint8Array(Math.max(needed, answer.length * 2));
  larger.set(answer.subarray(0, answerLength));
  answer = larger;
  answerNumbers = new DataView(answer.buffer);
}

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

/** One run of the rules on the work that `parts` make together; on `sql`, where there is one. */
export function step(input, parts, sql = null) {
  [database, wrote] = [sql, false];
  try {
    const output = decodeOutput(call('step', encodeInput(input, parts)));
    output.wrote = wrote;
    return output;
  } finally {
    database = null;
  }
}

/** Replaces an instance that has grown too large, between two runs. */
export function tidy() {
  if (wasm !== null && wasm.memory.buffer.byteLength > MEMORY_LIMIT) wasm = null;
}
