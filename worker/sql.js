// The database that a run stands on, as the rules call it: statements in, rows out, in the
// encoding of src/edge/store.rs.

const FAULT = 1;

const utf8 = new TextEncoder();
// A byte order mark is part of the text.
const text = new TextDecoder('utf-8', { ignoreBOM: true });

/** The database of the run under way; none at the front. */
let database = null;
/** Whether that run has made a statement that is not a mere `SELECT`. */
let wrote = false;
/** By their addresses. */
const statements = new Map();
let answer = new Uint8Array(16 * 1024);
let answerNumbers = new DataView(answer.buffer);
let answerLength = 0;

/** Lends `sql` to the run that begins; null at the front. */
export function lend(sql) {
  [database, wrote] = [sql, false];
}

/** Takes the database back, and says whether the run has made more than mere `SELECT`s. */
export function takeBack() {
  database = null;
  return wrote;
}

/**
 * Runs a statement that stands in `memory`, the views of it, and returns how long its answer is:
 * the text at `start`, its parameters at `parameters`.
 */
export function query(memory, start, length, parameters) {
  answerLength = 0;
  try {
    if (database === null) throw new Error('no database at the front');
    const known = statementAt(memory.bytes, start, length);
    wrote ||= !known.reads;
    const cursor = database.exec(known.sql, ...readParameters(memory, parameters));
    writeRows(known.answers ? cursor.raw().toArray() : []);
  } catch (error) {
    answerLength = 0;
    const words = utf8.encode(String(error?.message ?? error));
    grow(1 + words.length);
    answer[0] = FAULT;
    answer.set(words, 1);
    answerLength = 1 + words.length;
  }
  return answerLength;
}

/** The answer to the last statement: a view. */
export function lastAnswer() {
  return answer.subarray(0, answerLength);
}

/** A statement of the rules. Their texts are constants, so an address names one for good. */
function statementAt(bytes, start, length) {
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

function readParameters({ bytes, numbers }, at) {
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
