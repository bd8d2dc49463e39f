// From the socket to a door and back.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWorker } from '../support/workerd.mjs';
import { onStage, rehearsal } from './rehearsal.mjs';

const { worker, play } = await onStage();

const get = (path, options) => fetch(worker.origin + path, options);

test('a path that no door has is answered by the door of its prefix', async () => {
  const response = await get('/.well-known/nothing');
  assert.equal(response.status, 404);
  assert.deepEqual(await response.json(), { error: 'not_found' });
});

test('a method that a path does not have is refused with those it has', async () => {
  const response = await get('/.well-known/jwks.json', { method: 'DELETE' });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get('allow'), 'GET');
  assert.deepEqual(await response.json(), { error: 'method_not_allowed' });
});

test('HEAD is GET without the body', async () => {
  const [whole, head] = await Promise.all([
    get('/.well-known/jwks.json'),
    get('/.well-known/jwks.json', { method: 'HEAD' }),
  ]);
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('cache-control'), whole.headers.get('cache-control'));
  assert.notEqual((await whole.arrayBuffer()).byteLength, 0);
  assert.equal((await head.arrayBuffer()).byteLength, 0);
});

test('a body of 1 MiB arrives whole, one byte more is refused', async () => {
  const body = randomBytes(1024 * 1024);
  const echoed = await (await play.post('echo', body)).text();
  assert.match(echoed, new RegExp(`^body ${createHash('sha256').update(body).digest('hex')}$`, 'm'));
  const refused = await play.post('echo', Buffer.concat([body, body.subarray(0, 1)]));
  assert.equal(refused.status, 413);
});

test('a body without a length is refused as soon as it is too long', async () => {
  const status = await new Promise((resolve, reject) => {
    const request = http.request(`${worker.origin}/rehearsal/echo`, { method: 'POST' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    const chunk = Buffer.alloc(64 * 1024);
    for (let sent = 0; sent <= 1024 * 1024; sent += chunk.length) request.write(chunk);
    request.end();
  });
  assert.equal(status, 413);
});

test('a body that breaks off is refused, and is no failure of ours', async () => {
  const { hostname, port } = new URL(worker.origin);
  const logged = worker.log;
  for (const [framing, answered] of [
    ['Content-Length: 1000\r\n\r\nabc', false],
    ['Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', false],
    ['Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n', true],
  ]) {
    const socket = net.connect({ host: hostname, port });
    socket.write(`POST /rehearsal/echo HTTP/1.1\r\nHost: localhost\r\n${framing}`);
    if (answered) assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 400 /);
    else await sleep(100);
    socket.destroy();
  }
  // The Worker has noticed by the time that it has answered another.
  await sleep(100);
  assert.equal((await play.post('echo', 'whole')).status, 200);
  assert.equal(worker.log, logged);
});

test('a body that is too long is refused in the words of its door', async () => {
  const post = async (path) => {
    const response = await get(path, { method: 'POST', body: Buffer.alloc(1024 * 1024 + 1) });
    return [response.status, await response.json()];
  };
  const [status, grantex] = await post('/grantex/v1/agents');
  assert.deepEqual([status, grantex.code], [413, 'BAD_REQUEST']);
  const [, anexus] = await post('/anexus/api/v1/codes/verify');
  assert.deepEqual([anexus.verified, anexus.reason], [false, 'malformed_body']);
});

test('a host that is none is refused, and is no failure of ours', async () => {
  const request = http.get(`${worker.origin}/health`, { headers: { host: 'localhost:80.example' } });
  const [response] = await once(request, 'response');
  response.resume();
  assert.equal(response.statusCode, 400);
});

test('an address beyond 16 KiB is refused', async () => {
  const response = await get(`/rehearsal/echo?${'a'.repeat(16 * 1024)}`, { method: 'POST' });
  assert.equal(response.status, 414);
});

test('a door sees the path, the query and the listed headers, and no others', async () => {
  const response = await get('/rehearsal/echo?a=%20b&c', {
    method: 'POST',
    headers: { 'x-api-key': 'k', 'idempotency-key': 'i', 'x-secret-of-a-proxy': 's', 'cf-connecting-ip': '192.0.2.7' },
  });
  const lines = (await response.text()).split('\n');
  assert.ok(lines.includes('path /echo'));
  assert.ok(lines.includes('query a=%20b&c'));
  assert.ok(lines.includes('x-api-key: k'));
  assert.ok(lines.includes('idempotency-key: i'));
  assert.ok(lines.includes('address 192.0.2.7'));
  assert.ok(!lines.some((line) => line.includes('proxy') || line.startsWith('cf-')));
  assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
});

test('without a network in front, everybody is at 127.0.0.1', async () => {
  assert.match(await (await play.post('echo')).text(), /^address 127\.0\.0\.1$/m);
});

test('static files are served with a validator, and only those', async () => {
  const response = await get('/assets/site.css');
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/css; charset=utf-8');
  assert.equal(response.headers.get('cache-control'), 'public, max-age=300');
  const tag = response.headers.get('etag');
  const again = await get('/assets/site.css', { headers: { 'if-none-match': tag } });
  assert.equal(again.status, 304);
  const versioned = await get('/assets/site.css?v=1', { method: 'HEAD' });
  assert.equal(versioned.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  for (const path of ['/assets/', '/assets/none.css', '/assets/%2e%2e/index.js', '/assets/..%2findex.js', '/index.js']) {
    assert.equal((await get(path)).status, 404, path);
  }
});

test('requests go out to this machine in development, and to no private address ever', async () => {
  const server = http.createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/' });
    if (request.url === '/long') response.write('x'.repeat(300 * 1024));
    response.end(request.headers['x-rehearsal']);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const local = `http://127.0.0.1:${server.address().port}`;
  const expected = {
    [`${local}/`]: '200 yes',
    [`${local}/moved`]: '302 yes',
    [`${local}/long`]: 'TooLarge',
    'http://127.0.0.1:1/': 'Unreachable',
    'http://example.com/': 'Forbidden',
    'https://10.0.0.1/': 'Forbidden',
    'https://0xa.1/': 'Forbidden',
    'https://169.254.169.254/': 'Forbidden',
    'https://[fd00::1]/': 'Forbidden',
    'https://[::ffff:10.0.0.1]/': 'Forbidden',
    'https://user:password@example.com/': 'Forbidden',
    'https://printer.local/': 'Forbidden',
    'https://intranet/': 'Forbidden',
    'file:///etc/passwd': 'Forbidden',
    'not an address': 'Forbidden',
  };
  try {
    for (const [address, outcome] of Object.entries(expected)) {
      assert.equal(await (await play.post('fetch', address)).text(), outcome, address);
    }
  } finally {
    server.close();
  }
});

test('outside development no request goes out to this machine', async () => {
  const strict = await startWorker({ variant: 'edge-test', variables: { DEVELOPMENT: 'no' } });
  try {
    for (const address of [`${worker.origin}/`, 'https://localhost/', 'https://127.0.0.1/', 'https://[::1]/']) {
      assert.equal(await (await rehearsal(strict).post('fetch', address)).text(), 'Forbidden', address);
    }
  } finally {
    await strict.stop();
  }
});

test('a setting that is missing or wrong stops every answer, and is said in the log alone', async () => {
  for (const [variables, words] of [
    [{ MASTER_SECRET: 'short' }, 'MASTER_SECRET is not 64 hexadecimal digits'],
    [{ PUBLIC_ORIGIN: '' }, 'PUBLIC_ORIGIN is not set'],
    [{ OPERATOR_TOKEN: 'short' }, 'OPERATOR_TOKEN is shorter than 32 characters'],
  ]) {
    const broken = await startWorker({ variant: 'edge-test', variables });
    try {
      const response = await fetch(`${broken.origin}/`);
      assert.equal(response.status, 500);
      assert.deepEqual(await response.json(), { error: 'internal error' });
      assert.ok(broken.log.includes(words), broken.log);
    } finally {
      await broken.stop();
    }
  }
});
