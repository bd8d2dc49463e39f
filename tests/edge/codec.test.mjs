// The host's half of the messages: the same bytes as src/edge/tests.rs has.
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  Reader,
  REPLY,
  WORK,
  Writer,
  decodeOutput,
  encodeInput,
  encodeRequest,
  pack,
  placeOf,
  unpack,
} from '../../worker/codec.js';

const bytes = (...parts) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Uint8Array.from(part))));

test('an input is encoded as the rules read it', () => {
  const request = encodeRequest({
    method: 'POST',
    path: '/\u00e4',
    query: 'q=1',
    headers: [['host', 'x']],
    body: new Uint8Array(200),
    client: { address: '127.0.0.1', country: 'NL', region: 'NH' },
  });
  const seed = new Uint8Array(32).fill(9);
  const id = new Uint8Array(16).fill(8);
  const provided = [[new Uint8Array(16).fill(5), Uint8Array.of(1, 2, 3)]];
  const input = encodeInput({ now: 1_800_000_000_000, seed, id, fresh: true, provided }, [WORK.front, request]);
  const expected = bytes(
    [128, 192, 226, 133, 227, 104],
    [32],
    seed,
    [16],
    id,
    [1, 1, 16],
    provided[0][0],
    [3, 1, 2, 3],
    [0, 1],
    '\x03/\u00e4\x03q=1\x01\x04host\x01x',
    [200, 1],
    new Uint8Array(200),
    '\x09127.0.0.1\x02NL\x02NH\x00',
  );
  assert.deepEqual(Buffer.from(input), expected);
});

test('an output is read as the rules write it', () => {
  const output = decodeOutput(Buffer.from('\x01\x01\x01\x01\x000000000000000000'));
  assert.equal(output.commit, true);
  assert.equal(output.wakeAt, -1);
  assert.equal(output.reply, REPLY.handOver);
  assert.equal(output.place.binding, 'ACCOUNT');
  assert.equal(output.place.name, '0000000000000000');
  assert.deepEqual(Buffer.from(output.place.bytes), bytes([0], '0000000000000000'));
});

test('numbers survive, the large ones too', () => {
  for (const value of [0, 1, 127, 128, 300, 2 ** 31, 2 ** 32 + 5, 2 ** 52 - 1]) {
    assert.equal(new Reader(new Writer().number(value).finish()).number(), value);
    assert.equal(new Reader(new Writer().signed(value).finish()).signed(), value);
    assert.equal(new Reader(new Writer().signed(-value).finish()).signed() + value, 0);
  }
});

test('strings survive, short and long, whatever their letters', () => {
  for (const value of ['', 'a', 'a'.repeat(127), 'a'.repeat(128), '\u00e4', `${'a'.repeat(100)}\u{1f511}`]) {
    assert.equal(new Reader(new Writer().string(value).finish()).string(), value);
  }
});

test('a packed reply is the bytes that it was, however many', () => {
  for (const length of [0, 1, 255, 8191, 8192, 8193, 300_000]) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 7) % 256);
    const packed = pack(bytes);
    assert.equal(packed.length, length);
    assert.deepEqual(unpack(packed), bytes);
  }
});

test('a message is kept as it was while others are written', () => {
  const first = new Writer().string('first').finish();
  new Writer().raw(new Uint8Array(10_000).fill(255)).view();
  assert.equal(new Reader(first).string(), 'first');
});

test('who is to work is read from the work', () => {
  const account = bytes([0], '0123456789abcdef');
  assert.deepEqual(Buffer.from(placeOf(bytes([1], account, 'a request'))), account);
  assert.deepEqual(placeOf(Uint8Array.of(2, 1, 63, 9)), Uint8Array.of(1, 63));
  assert.deepEqual(placeOf(WORK.keyring), Uint8Array.of(2));
});

test('a message cut short is refused wherever it is cut', () => {
  const whole = new Writer().byte(1).byte(0).number(REPLY.needs).bytes(new Uint8Array(16));
  const message = whole.number(1).string('key').bytes(Uint8Array.of(1, 2)).finish();
  assert.equal(decodeOutput(message).errand.keyId, 'key');
  for (let length = 0; length < message.length; length++) {
    assert.throws(() => decodeOutput(message.subarray(0, length)), RangeError);
  }
});
