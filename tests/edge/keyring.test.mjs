// The signing keys, from their making to a verified signature.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { OPERATOR_TOKEN, startWorker } from '../support/workerd.mjs';
import { newAccount, onStage, rehearsal } from './rehearsal.mjs';

const { worker, play } = await onStage();

const operator = (method, route, token = OPERATOR_TOKEN, from = worker) =>
  fetch(`${from.origin}/admin${route}`, { method, headers: { authorization: `Bearer ${token}` } });

/** Has `message` signed by both keys and verifies both signatures with what is published. */
async function signAndVerify(message, route = 'sign') {
  const answer = await (await play.post(route, message)).text();
  const lines = answer.split('\n');
  const keys = lines.slice(2).flatMap((set) => JSON.parse(set).keys);
  const kids = [];
  for (const line of lines.slice(0, 2)) {
    const [kid, signature] = line.split(' ');
    const jwk = keys.find((key) => key.kid === kid);
    assert.ok(jwk, `${kid} is not published`);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const options = jwk.kty === 'EC' ? { key, dsaEncoding: 'ieee-p1363' } : key;
    assert.ok(verify('sha256', Buffer.from(message), options, Buffer.from(signature, 'hex')), jwk.alg);
    kids.push(kid);
  }
  return { kids, keys };
}

test('the first requests, all at the same time, make one pair of keys', async () => {
  const rounds = await Promise.all(Array.from({ length: 24 }, (_, index) => signAndVerify(`message ${index}`)));
  for (const { kids, keys } of rounds) {
    assert.deepEqual(kids, rounds[0].kids);
    assert.equal(keys.length, 2);
  }
});

// RFC 7638 section 3.
test('a key is named by its thumbprint', async () => {
  const { keys } = await signAndVerify('a message');
  for (const { kid, kty, crv, x, y, e, n } of keys) {
    const members = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n };
    const thumbprint = createHash('sha256').update(JSON.stringify(members)).digest('base64url');
    assert.equal(kid, thumbprint);
  }
});

test('an account signs as the front does', async () => {
  const message = 'value';
  const { kids } = await signAndVerify(message);
  assert.deepEqual((await signAndVerify(message, `${newAccount()}/need/${message}`)).kids, kids);
});

test('the published keys have no private members, are cacheable, and open to any origin', async () => {
  const response = await fetch(`${worker.origin}/.well-known/jwks.json`);
  assert.equal(response.headers.get('cache-control'), 'public, max-age=300');
  assert.equal(response.headers.get('access-control-allow-origin'), '*');
  assert.equal(response.headers.get('content-type'), 'application/json');
  const { keys } = await response.json();
  assert.deepEqual(keys.map((key) => Object.keys(key).sort()), [['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']]);
});

test('private keys are on the disk encrypted only', async () => {
  await signAndVerify('a message');
  const start = Buffer.from('308187020100301306072a8648ce3d020106082a8648ce3d030107', 'hex');
  let seen = 0;
  for (const name of fs.readdirSync(worker.data, { recursive: true })) {
    const file = path.join(worker.data, name);
    if (!fs.statSync(file).isFile()) continue;
    const content = fs.readFileSync(file);
    assert.ok(!content.includes(start), `${name} holds a private key`);
    seen += content.includes('P-256');
  }
  assert.ok(seen, 'the keyring was not found on the disk: the test has tested nothing');
});

test('rotation publishes the next keys, signs on with the last, and is done once', async () => {
  const { kids } = await signAndVerify('before');
  const rotated = await (await operator('POST', '/keys/rotate')).json();
  const states = (alg) => rotated.keys.filter((key) => key.alg === alg).map((key) => key.state);
  assert.deepEqual(states('ES256'), ['signing', 'coming']);
  assert.deepEqual(states('RS256'), ['signing', 'coming']);
  assert.deepEqual(await (await operator('POST', '/keys/rotate')).json(), rotated);
  assert.deepEqual(await (await operator('GET', '/keys')).json(), rotated);
  // A fresh start has no copy of the old keyring: the coming keys are published now.
  await worker.kill();
  await worker.start();
  const after = await signAndVerify('after');
  assert.deepEqual(after.kids, kids);
  assert.equal(after.keys.length, 4);
});

test('a withdrawn key is published no more, and the next one signs', async () => {
  const { kids } = await signAndVerify('before');
  for (const kid of kids) {
    const withdrawn = await operator('POST', `/keys/${kid}/withdraw`);
    assert.equal(withdrawn.status, 200);
    assert.ok(!(await withdrawn.text()).includes(kid));
    const again = await operator('POST', `/keys/${kid}/withdraw`);
    assert.deepEqual([again.status, await again.json()], [404, { error: 'not_found' }]);
  }
  await worker.kill();
  await worker.start();
  const after = await signAndVerify('after');
  const left = after.keys.map(({ kid }) => kid);
  assert.deepEqual(kids.filter((kid) => left.includes(kid) || after.kids.includes(kid)), []);
});

test("the operator's door opens to the token alone, and is not there without one", async () => {
  for (const token of ['', 'wrong', `${OPERATOR_TOKEN}x`, OPERATOR_TOKEN.slice(1)]) {
    const response = await operator('POST', '/keys/rotate', token);
    assert.equal(response.status, 401, token);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer');
  }
  const without = await startWorker({ variant: 'edge-test', variables: { OPERATOR_TOKEN: '' } });
  try {
    for (const token of ['', OPERATOR_TOKEN]) {
      assert.equal((await operator('POST', '/keys/rotate', token, without)).status, 404);
    }
  } finally {
    await without.stop();
  }
});

test('the master secret is changed beside the previous one, and then that is forgotten', async () => {
  const first = 'd'.repeat(64);
  const second = 'e'.repeat(64);
  const deployment = await startWorker({ variant: 'edge-test', variables: { MASTER_SECRET: first } });
  const stage = rehearsal(deployment);
  try {
    const kids = async () => (await (await stage.post('sign', 'a')).text()).split('\n').slice(0, 2).map((line) => line.split(' ')[0]);
    const before = await kids();
    for (const previous of [first, '']) {
      await deployment.restartWith({ MASTER_SECRET: second, PREVIOUS_MASTER_SECRET: previous, MAIL_ENDPOINT: '' });
      assert.deepEqual(await kids(), before);
    }
    await deployment.restartWith({ MASTER_SECRET: first });
    assert.equal(await stage.status('sign', 'a'), 500, 'the first opens nothing any more');
  } finally {
    await deployment.stop();
  }
});

test('under another master secret the keys do not open, and nothing is signed', async () => {
  const stranger = await startWorker({ variant: 'edge-test' });
  try {
    assert.equal(await rehearsal(stranger).status('sign', 'a'), 200);
    await stranger.restartWith({ MASTER_SECRET: 'f'.repeat(64) });
    assert.equal(await rehearsal(stranger).status('sign', 'a'), 500);
  } finally {
    await stranger.stop();
  }
});
