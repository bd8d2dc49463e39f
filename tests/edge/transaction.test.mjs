// One run, one transaction: what is kept, what is undone, and what a panic leaves behind.
import assert from 'node:assert/strict';
import test from 'node:test';
import { newAccount, onStage } from './rehearsal.mjs';

const { worker, play } = await onStage();

test('what a rule answers is kept', async () => {
  const account = newAccount();
  assert.equal(await play.status(`${account}/write/a`), 204);
  assert.deepEqual(await play.values(account), ['a']);
});

test('what a refusal wrote is kept, in an account that was there before', async () => {
  const account = newAccount();
  assert.equal(await play.status(`${account}/refuse/a`), 400);
  assert.deepEqual(await play.values(account), []);
  assert.equal(await play.status(`${account}/refuse/b`), 400);
  assert.deepEqual(await play.values(account), ['b']);
});

test('what a fault wrote is undone', async () => {
  const account = newAccount();
  assert.equal(await play.status(`${account}/fault/a`), 500);
  assert.deepEqual(await play.values(account), []);
});

test('a run that needs something is undone, and the run that has it is kept', async () => {
  const account = newAccount();
  assert.equal(await play.status(`${account}/need/a`), 200);
  assert.deepEqual(await play.values(account), ['a']);
});

test('every kind of value survives the database', async () => {
  assert.equal(await play.status(`${newAccount()}/round-trip`), 200);
});

test('what the database refuses is an error, not an exception', async () => {
  const account = newAccount();
  assert.equal(await play.status(`${account}/twice/a`), 409);
  assert.deepEqual(await play.values(account), ['a']);
  for (const name of ['syntax', 'no-table', 'too-few']) {
    assert.equal(await play.status(`${account}/statement/${name}`), 409, name);
  }
});

test('a panic at the front is answered at once, and the next request is well', async () => {
  const before = performance.now();
  const response = await play.post('panic');
  assert.equal(response.status, 500);
  // In the words of its door.
  assert.equal(await response.text(), 'internal error');
  assert.ok(performance.now() - before < 1000);
  assert.equal(await play.status('sign', 'a message'), 200);
  assert.match(worker.log, /panic at src\/edge\/rehearsal\.rs/);
  assert.ok(!worker.log.includes('words of a panic'), 'the words of a panic may hold secrets');
});

test('a panic in an account undoes what it wrote', async () => {
  const account = newAccount();
  assert.equal(await play.status(`${account}/write/kept`), 204);
  const before = performance.now();
  assert.equal(await play.status(`${account}/panic/lost`), 500);
  assert.ok(performance.now() - before < 1000);
  assert.deepEqual(await play.values(account), ['kept']);
  assert.equal(await play.status(`${account}/write/next`), 204);
});

test('a panic touches nobody else, however many are at work', async () => {
  const account = newAccount();
  const rounds = Array.from({ length: 120 }, async (_, index) => {
    const [path, expected] =
      index % 4 === 0
        ? [`${account}/panic/lost-${index}`, 500]
        : index % 4 === 1
          ? [`${account}/write/kept-${index}`, 204]
          : index % 4 === 2
            ? [`${newAccount()}/need/kept`, 200]
            : ['sign', 200];
    assert.equal(await play.status(path), expected, path);
  });
  await Promise.all(rounds);
  const values = await play.values(account);
  assert.equal(values.length, 30);
  assert.ok(values.every((value) => value.startsWith('kept-')));
});
