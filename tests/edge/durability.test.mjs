// What was acknowledged is there, whatever happens to the process.
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newAccount, onStage } from './rehearsal.mjs';

const { worker, play } = await onStage();

const keySet = async () => (await fetch(`${worker.origin}/.well-known/jwks.json`)).json();

test('data and keys survive a restart', async () => {
  const account = newAccount();
  const keys = await keySet();
  assert.equal(keys.keys.length, 1);
  await play.status(`${account}/write/a`);
  await worker.end();
  await worker.start();
  assert.deepEqual(await play.values(account), ['a']);
  assert.deepEqual(await keySet(), keys);
});

test('kill -9 amid writes loses nothing that was acknowledged', async () => {
  const accounts = Array.from({ length: 6 }, newAccount);
  const acknowledged = new Map(accounts.map((account) => [account, new Set()]));
  let total = 0;
  for (let round = 0; round < 6; round++) {
    let killed = false;
    const writers = Array.from({ length: 18 }, async (_, writer) => {
      const account = accounts[writer % accounts.length];
      for (let number = 0; !killed; number++) {
        const value = `${round}-${writer}-${number}`;
        const status = await play.status(`${account}/write/${value}`).catch(() => 0);
        if (status === 204) acknowledged.get(account).add(value);
      }
    });
    await sleep(250 + 40 * round);
    await worker.kill();
    killed = true;
    await Promise.all(writers);
    await worker.start();
    for (const [account, values] of acknowledged) {
      const kept = new Set(await play.values(account));
      for (const value of values) assert.ok(kept.has(value), `${account} lost ${value}`);
    }
  }
  for (const values of acknowledged.values()) total += values.size;
  assert.ok(total > 100, `only ${total} writes were acknowledged: the test has tested nothing`);
});

/** Waits until `account` has no values, and says how long it took in milliseconds. */
async function cleaned(account, limit = 5000) {
  const start = performance.now();
  while ((await play.values(account)).length) {
    if (performance.now() - start > limit) return Infinity;
    await sleep(20);
  }
  return performance.now() - start;
}

test('an alarm rings when it is due', async () => {
  const account = newAccount();
  await play.status(`${account}/write/a`);
  await play.status(`${account}/wake/400`);
  await sleep(150);
  assert.deepEqual(await play.values(account), ['a'], 'it rang too early');
  assert.ok((await cleaned(account)) < 3000);
});

test('the earliest of several wishes counts', async () => {
  const account = newAccount();
  await play.status(`${account}/write/a`);
  await play.status(`${account}/wake/3600000`);
  await play.status(`${account}/wake/200`);
  await play.status(`${account}/wake/7200000`);
  assert.ok((await cleaned(account)) < 3000);
});

test('an alarm can be set again after it has rung', async () => {
  const account = newAccount();
  for (const value of ['a', 'b']) {
    await play.status(`${account}/write/${value}`);
    await play.status(`${account}/wake/50`);
    assert.ok((await cleaned(account)) < 3000, value);
  }
});

test('an alarm that fails undoes what it did, and is rung until it succeeds', async () => {
  const account = newAccount();
  await play.status(`${account}/write/a`);
  await play.status(`${account}/write/stubborn`);
  await play.status(`${account}/wake/50`);
  // The pauses grow: after 1, 2 and 4 seconds.
  await sleep(4000);
  assert.deepEqual(await play.values(account), ['a', 'stubborn']);
  const failures = worker.log.split('panic at src/edge/rehearsal.rs').length - 1;
  assert.ok(failures >= 2, `it rang ${failures} times`);
  await play.status(`${account}/yield`);
  assert.ok((await cleaned(account, 8000)) < 8000);
});

test('an alarm survives kill -9', async () => {
  const account = newAccount();
  await play.status(`${account}/write/a`);
  await play.status(`${account}/wake/700`);
  await worker.kill();
  await worker.start();
  // The object stays asleep until its alarm wakes it: this look comes after.
  await sleep(1500);
  assert.ok((await cleaned(account)) < 3000);
});

test('an alarm of before a restart is not put off by a later wish', async () => {
  const account = newAccount();
  await play.status(`${account}/write/a`);
  await play.status(`${account}/wake/2000`);
  await worker.kill();
  await worker.start();
  await play.status(`${account}/wake/3600000`);
  assert.deepEqual(await play.values(account), ['a'], 'it rang before the wish');
  assert.ok((await cleaned(account)) < 5000);
});
