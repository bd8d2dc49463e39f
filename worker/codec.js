// The host's half of src/edge/wire.rs: postcard. Variants and lengths are LEB128, signed
// numbers zigzag, fields in order without names.

const utf8 = new TextEncoder();
// A byte order mark is part of the text.
const text = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Where messages are written. A buffer of its own for each would be work for the garbage
 * collector; as nothing waits while it writes, one is enough.
 */
let page = new Uint8Array(4096);

/** Writes a message. While one is at work, no other may be. */
export class Writer {
  #length = 0;

  #room(length) {
    const needed = this.#length + length;
    if (needed > page.length) {
      const larger = new Uint8Array(Math.max(needed, page.length * 2));
      larger.set(page.subarray(0, this.#length));
      page = larger;
    }
  }

  byte(value) {
    this.#room(1);
    page[this.#length++] = value;
    return this;
  }

  /** A non-negative integer up to 2^53. */
  number(value) {
    this.#room(8);
    while (value > 127) {
      page[this.#length++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    page[this.#length++] = value;
    return this;
  }

  /** An integer within ±2^52. */
  signed(value) {
    return this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Bytes as they are. */
  raw(bytes) {
    this.#room(bytes.length);
    page.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  bytes(bytes) {
    return this.number(bytes.length).raw(bytes);
  }

  string(value) {
    // What is ASCII, as nearly everything is, needs no second buffer.
    const start = this.#length;
    this.number(value.length).#room(value.length);
    for (let at = 0; at < value.length; at++) {
      const unit = value.charCodeAt(at);
      if (unit > 127) {
        this.#length = start;
        return this.bytes(utf8.encode(value));
      }
      page[this.#length++] = unit;
    }
    return this;
  }

  option(value, write) {
    if (value === undefined || value === null) return this.byte(0);
    this.byte(1);
    write(value);
    return this;
  }

  /** What has been written, to keep. */
  finish() {
    return page.slice(0, this.#length);
  }

  /** What has been written: a view that is good until the next message. */
  view() {
    return page.subarray(0, this.#length);
  }
}

/** Reads a message; every length is checked against what is there. */
export class Reader {
  #bytes;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  /** Where the next read begins. */
  get at() {
    return this.#at;
  }

  /** A copy of what has been read since `at` was `start`. */
  since(start) {
    return this.#bytes.slice(start, this.#at);
  }

  byte() {
    if (this.#at >= this.#bytes.length) throw new RangeError('message cut short');
    return this.#bytes[this.#at++];
  }

  number() {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  }

  signed() {
    const value = this.number();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }

  /** A view on `length` bytes. */
  raw(length) {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('message cut short');
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  bytes() {
    return this.raw(this.number());
  }

  string() {
    return text.decode(this.bytes());
  }

  option(read) {
    return this.byte() ? read() : undefined;
  }

  list(read) {
    return Array.from({ length: this.number() }, read);
  }

  /** All that has not been read. */
  rest() {
    return this.raw(this.#bytes.length - this.#at);
  }
}

const METHODS = { GET: 0, HEAD: 0, POST: 1, PUT: 2, PATCH: 3, DELETE: 4, OPTIONS: 5 };

/** `doors::Request`, as bytes of its own. */
export function encodeRequest({ method, path, query, headers, body, client }) {
  const out = new Writer()
    .number(METHODS[method] ?? 6)
    .string(path)
    .string(query)
    .number(headers.length);
  for (const [name, value] of headers) out.string(name).string(value);
  out.bytes(body).string(client.address).string(client.country).string(client.region);
  return out.number(0).finish();
}

/** `authority::Settings`. */
export function encodeSettings({ publicOrigin, masterSecret, previousMasterSecret, development, mail, operatorToken }) {
  const out = new Writer().string(publicOrigin).raw(masterSecret);
  out.option(previousMasterSecret, (secret) => out.raw(secret));
  out.byte(development ? 1 : 0);
  out.option(mail, ({ endpoint, token, from }) => out.string(endpoint).string(token).string(from));
  out.option(operatorToken, (token) => out.string(token));
  return out.finish();
}

/** The variants of `wire::Work`, each as the byte that its encoding begins with. */
export const WORK = {
  front: Uint8Array.of(0),
  handedOver: Uint8Array.of(1),
  alarm: Uint8Array.of(3),
  keyring: Uint8Array.of(4),
  apology: Uint8Array.of(5),
};

/** `wire::Input`, whose `wire::Work` is what `parts` make together; a view. */
export function encodeInput({ now, seed, id, fresh, provided }, parts) {
  const out = new Writer().signed(now).bytes(seed).bytes(id).byte(fresh ? 1 : 0);
  out.number(provided.length);
  for (const [need, answer] of provided) out.bytes(need).bytes(answer);
  for (const part of parts) out.raw(part);
  return out.view();
}

/** What is already encoded, one after the other. */
export function join(...parts) {
  const out = new Writer();
  for (const part of parts) out.raw(part);
  return out.finish();
}

/**
 * Bytes as a string of one character for each: as such they come back from another place at
 * less cost than in a buffer.
 */
export function pack(bytes) {
  let packed = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    packed += String.fromCharCode.apply(null, bytes.subarray(at, at + 8192));
  }
  return packed;
}

/** The bytes of a string that `pack` made. */
export function unpack(packed) {
  const bytes = new Uint8Array(packed.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = packed.charCodeAt(at);
  return bytes;
}

const KINDS = ['ACCOUNT', 'DIRECTORY', 'KEYRING', 'MAILBOX'];
const ACCOUNT_NAME = 16;

/** `authority::Place`: the binding and the name by which the platform knows it, and its bytes. */
function decodePlace(reader) {
  const start = reader.at;
  const kind = reader.number();
  let name = 'keyring';
  if (kind === 0) name = text.decode(reader.raw(ACCOUNT_NAME));
  else if (kind !== 2) name = String(reader.byte());
  return { binding: KINDS[kind], name, bytes: reader.since(start) };
}

/** The keyring's place, which the host finds by itself. */
export const KEYRING = { binding: 'KEYRING', name: 'keyring', bytes: Uint8Array.of(2) };

/** The bytes of the place that is to do a `wire::Work` that is not the front's. */
export function placeOf(work) {
  if (work[0] === WORK.keyring[0]) return KEYRING.bytes;
  return decodePlace(new Reader(work.subarray(1))).bytes;
}

/** The variants of `wire::Reply`. */
export const REPLY = {
  respond: 0,
  handOver: 1,
  answer: 2,
  done: 3,
  needs: 4,
  failed: 5,
  keyring: 6,
};

/** `wire::Output`; its views are good until the next call into the rules. */
export function decodeOutput(bytes) {
  const reader = new Reader(bytes);
  const commit = reader.byte() === 1;
  const wakeAt = reader.option(() => reader.signed());
  const reply = reader.number();
  const output = { commit, wakeAt, reply };
  switch (reply) {
    case REPLY.handOver:
      output.place = decodePlace(reader);
      break;
    case REPLY.respond:
    case REPLY.answer:
    case REPLY.keyring:
      output.bytes = reader.rest();
      break;
    case REPLY.needs:
      output.need = reader.bytes().slice();
      output.errand = decodeErrand(reader);
      break;
    case REPLY.failed:
      output.reason = reader.string();
      break;
  }
  return output;
}

/** `doors::Response`; its body is a view. */
export function decodeResponse(bytes) {
  const reader = new Reader(bytes);
  return {
    status: reader.number(),
    headers: reader.list(() => [reader.string(), reader.string()]),
    body: reader.bytes(),
  };
}

/** The variants of `wire::Errand`. */
export const ERRAND = { keyring: 0, sign: 1, generateKey: 2, ask: 3, fetch: 4 };

function decodeErrand(reader) {
  const kind = reader.number();
  switch (kind) {
    case ERRAND.sign:
      return { kind, keyId: reader.string(), message: reader.bytes().slice() };
    case ERRAND.generateKey:
      return { kind, algorithm: reader.number() };
    case ERRAND.ask:
      return {
        kind,
        questions: reader.list(() => ({
          place: decodePlace(reader),
          work: reader.bytes().slice(),
        })),
      };
    case ERRAND.fetch:
      return {
        kind,
        method: reader.string(),
        url: reader.string(),
        headers: reader.list(() => [reader.string(), reader.string()]),
        body: reader.bytes().slice(),
      };
    default:
      return { kind };
  }
}

/** A list of what is already encoded. */
export function encodeList(items) {
  const out = new Writer().number(items.length);
  for (const item of items) out.raw(item);
  return out.finish();
}

/** `authority::GeneratedKey`. */
export function encodeGeneratedKey(publicJwk, pkcs8) {
  return new Writer().string(publicJwk).bytes(pkcs8).finish();
}

/** `Result<Fetched, FetchFailure>`, the failure by its number. */
export function encodeFetched(outcome) {
  const out = new Writer();
  return 'failure' in outcome
    ? out.number(1).number(outcome.failure).finish()
    : out.number(0).number(outcome.status).bytes(outcome.body).finish();
}

/** `Vec<wire::OpenedKey>`. */
export function decodeOpenedKeys(bytes) {
  const reader = new Reader(bytes);
  return reader.list(() => ({
    keyId: reader.string(),
    algorithm: reader.number(),
    pkcs8: reader.bytes().slice(),
  }));
}
