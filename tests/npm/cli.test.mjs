// The command line, against an authority that speaks the Anexus protocol as it is written.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { AUDIENCE, dist, folder, forge, ISSUER, keyPair, load, now, oneTimeCode, token } from './under.mjs'

const key = keyPair('es')
const SESSION = 'ses_demo'
const SECRET = 'as_secret'
let base
let server
let home
const requests = []
let polls = 0

async function answer(request, body) {
  const session = request.headers['x-session-token'] === SESSION
  switch (new URL(request.url, base).pathname) {
    case '/anexus/api/v1/session/check':
      return session
        ? { logged_in: true, user_id: 'user_0123456789abcdef', username: 'ada', email: 'ada@example.com', role: 'human' }
        : { logged_in: false, error: 'Session expired' }
    case '/anexus/api/v1/codes/generate':
      if (body.target === 'limited') return { http: 429, headers: { 'retry-after': '17' }, success: false, error: 'Too many codes' }
      return session
        ? { success: true, code: await oneTimeCode(key, body.target), target: body.target, expires_in: '1 hour', geo_location: 'FR/IDF' }
        : { success: false, error: 'Not logged in' }
    case '/anexus/api/v1/codes/verify': {
      const signature = body.timestamp && createHmac('sha256', SECRET).update(`POST:/api/v1/codes/verify:${body.timestamp}`).digest('hex')
      return body.signature === signature && body.api_key === 'nxs6_key'
        ? { verified: true, username: 'ada', user_id: 'user_0123456789abcdef', name: 'Ada', target_platform: 'shop', identity_type: 'human', permissions: ['read', 'buy'], geo_location: 'FR/IDF' }
          : { http: 403, verified: false, error: 'Invalid signature' }
    }
    case '/anexus/api/v1/device/authorize':
      return { success: true, device_code: 'device', user_code: 'WDJB-MJHT', verification_uri: `${base}/device`, expires_in: 600 }
    case '/anexus/api/v1/device/poll':
      return ++polls < 2 ? { status: 'pending' } : { status: 'authorized', api_key: 'nxs6_agent', agent_id: 'ai_agent', agent_secret: 'as_agent' }
    case '/anexus/api/v1/identity/verify':
      return body.api_key === 'nxs6_agent' ? { verified: true, id: 'ai_agent', name: 'Box', identity_type: 'ai', role: 'ai_agent' } : { verified: false, error: 'Unknown key' }
    case '/.well-known/jwks.json':
      return { keys: [key.jwk] }
    default:
      return { http: 404, error: 'not found' }
  }
}

before(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'countersign-home-'))
  server = createServer((request, response) => {
    let text = ''
    request.on('data', (piece) => { text += piece })
    request.on('end', async () => {
      const body = text === '' ? {} : JSON.parse(text)
      requests.push({ url: request.url, headers: request.headers, body })
      const { http = 200, headers = {}, ...json } = await answer(request, body)
      response.writeHead(http, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json))
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${server.address().port}`
})
after(() => {
  server.close()
  rmSync(home, { recursive: true, force: true })
})

/** Runs a command to its end; `act` sees the first line that it says to people. */
function run(args, { act, input, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(dist, 'cli.mjs'), ...args], {
      cwd: home,
      env: { PATH: process.env.PATH, HOME: home, COUNTERSIGN_BASE_URL: base, BROWSER: '', ...env },
    })
    const said = { out: '', err: '' }
    child.stdout.on('data', (piece) => { said.out += piece })
    child.stderr.on('data', (piece) => {
      said.err += piece
      if (!said.err.includes('\n')) return
      act?.(said.err)
      act = undefined
    })
    child.stdin.end(input ?? '')
    const impatience = setTimeout(() => child.kill(), 25_000)
    child.on('close', (exit) => {
      clearTimeout(impatience)
      resolve({ exit, ...said, json: () => JSON.parse(said.out) })
    })
  })
}

const credentials = () => path.join(home, '.countersign/credentials.json')

/** The browser's part of signing in. */
async function browse(said, then) {
  const redirect = /redirect=(http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1]
  if (redirect) await then(redirect)
}

test('the command is installed', () => {
  assert.ok(existsSync(path.join(folder, 'node_modules/.bin/countersign')))
})

test('help, version, and what is wrong with a command line', async () => {
  const help = await run(['--help'])
  assert.equal(help.exit, 0)
  for (const command of ['login', 'whoami', 'status', 'code', 'verify', 'decode', 'keygen', 'logout']) assert.match(help.out, new RegExp(`^  ${command}`, 'm'))
  assert.equal((await run(['--version', '--json'])).json().version, '0.1.0')
  for (const args of [[], ['frobnicate'], ['whoami', '--nope'], ['code', 'a', 'b'], ['status', '--base', 'ftp://x'], ['status', '--base', 'http://example.com'], ['whoami', 'me'], ['keygen', '--target', 'shop'], ['code', 'shop', '--target', 'bank'], ['code', ' ']]) {
    const { exit, err } = await run(args)
    assert.equal(exit, 2, args.join(' '))
    assert.match(err, /^countersign: /)
  }
})

test('without anybody signed in', async () => {
  for (const args of [['whoami'], ['code', 'shop']]) {
    const { exit, err } = await run(args)
    assert.deepEqual([exit, /nobody is signed in/.test(err)], [4, true])
  }
  assert.deepEqual((await run(['status', '--json'])).json(), { ok: true, signedIn: false, base })
  assert.equal((await run(['logout', '--json'])).json().wasSignedIn, false)
})

test('signing in with a browser; strangers on the port do not end it', async () => {
  const { exit, out } = await run(['login', '--no-open'], {
    act: (said) => browse(said, async (redirect) => {
      const port = Number(new URL(redirect).port)
      assert.equal((await fetch(`${redirect}/favicon.ico`)).status, 404)
      assert.equal((await fetch(`${redirect}/?session_token=evil`, { method: 'POST' })).status, 404)
      assert.equal((await fetch(`http://localhost:${port}/?session_token=evil`).catch(() => ({ status: 404 }))).status, 404)
      const within = await fetch(`${redirect}/?session_token=evil`, { headers: { 'sec-fetch-dest': 'iframe' } })
      assert.equal(within.status, 404)
      const done = await fetch(`${redirect}/?session_token=${SESSION}`, { headers: { 'sec-fetch-dest': 'document' } })
      assert.equal(done.status, 200)
      assert.match(done.headers.get('referrer-policy'), /no-referrer/)
    }),
  })
  assert.equal(exit, 0)
  assert.match(out, /Signed in as ada \(ada@example\.com\)/)
  assert.equal(statSync(credentials()).mode & 0o777, 0o600)
  assert.equal(statSync(path.dirname(credentials())).mode & 0o777, 0o700)
})

test('a session that the authority does not know is not kept', async () => {
  const { exit, err } = await run(['login', '--no-open'], { env: { XDG_CONFIG_HOME: path.join(home, 'other') }, act: (said) => browse(said, (redirect) => fetch(`${redirect}/?session_token=wrong`)) })
  assert.equal(exit, 1)
  assert.match(err, /Session expired/)
  assert.equal(existsSync(path.join(home, 'other/countersign/credentials.json')), false)
})

test('whoami, status and code', async () => {
  assert.match((await run(['whoami'])).out, /^user +ada$/m)
  assert.deepEqual((await run(['whoami', '--json'])).json(), { ok: true, userId: 'user_0123456789abcdef', username: 'ada', email: 'ada@example.com', role: 'human' })
  assert.equal((await run(['status', '--json'])).json().signedIn, true)
  const { out, exit } = await run(['code', ' Shop '])
  assert.equal(exit, 0)
  assert.match(out, /^anx:\/\/shop\/user_0123456789abcdef\?exp=3600&ts=\d{10}&n=/)
  assert.match((await run(['code', '--target', 'shop', '--json'])).json().code, /^anx:\/\/shop\//)
})

test('a limit says when to come back', async () => {
  const { exit, out } = await run(['code', 'limited', '--json'])
  assert.equal(exit, 1)
  assert.deepEqual(JSON.parse(out), { ok: false, error: 'Too many codes (try again in 17 s)', status: 429, retryAfter: 17 })
})

test('credentials that others can read are closed to them', async () => {
  chmodSync(credentials(), 0o644)
  await run(['status'])
  assert.equal(statSync(credentials()).mode & 0o777, 0o600)
})

test('XDG_CONFIG_HOME is where it says, unless it is relative', async () => {
  assert.equal((await run(['whoami'], { env: { XDG_CONFIG_HOME: path.join(home, 'empty') } })).exit, 4)
  assert.equal((await run(['whoami'], { env: { XDG_CONFIG_HOME: 'relative' } })).exit, 0)
})

test('checking a code offline, and redeeming it', async () => {
  const code = await oneTimeCode(key, 'shop')
  assert.match((await run(['verify', code, '--target', 'shop'])).out, /Genuine, for shop, by user_0123456789abcdef/)
  assert.equal((await run(['verify', '-', '--target', 'shop', '--json'], { input: `${code}\n` })).json().user, 'user_0123456789abcdef')
  const jwks = path.join(home, 'jwks.json')
  writeFileSync(jwks, JSON.stringify({ keys: [key.jwk] }))
  assert.equal((await run(['verify', code, '--target', 'shop', '--jwks', jwks, '--base', 'https://nowhere.invalid'])).exit, 0)
  const other = await run(['verify', code, '--target', 'bank', '--json'])
  assert.deepEqual([other.exit, other.json().code], [1, 'code_target_mismatch'])
  assert.equal((await run(['verify', await oneTimeCode(key, 'shop', now() - 4000), '--target', 'shop', '--json'])).json().code, 'code_expired')
  assert.equal((await run(['verify', code.replace('shop', 'bank'), '--target', 'bank', '--json'])).json().code, 'code_signature_invalid')
  assert.equal((await run(['verify', code])).exit, 2)

  const redeemed = await run(['verify', code, '--redeem', '--api-key', 'nxs6_key', '--api-secret', SECRET, '--json'])
  assert.deepEqual(redeemed.json().permissions, ['read', 'buy'])
  const sent = requests.at(-1)
  assert.match(sent.headers['idempotency-key'], /^[0-9a-f-]{36}$/)
  assert.equal(typeof sent.body.timestamp, 'string')
  const denied = await run(['verify', code, '--redeem'], { env: { COUNTERSIGN_API_KEY: 'nxs6_other' } })
  assert.deepEqual([denied.exit, denied.err], [1, 'countersign: Invalid signature\n'])
  assert.equal((await run(['verify', code, '--redeem'])).exit, 2)
})

test('verifying a token', async () => {
  const genuine = token(key, { scope: 'a b' })
  const options = ['--issuer', ISSUER, '--audience', AUDIENCE, '--jwks', `${base}/.well-known/jwks.json`]
  assert.equal((await run(['verify', genuine, ...options, '--scope', 'a', '--json'])).json().claims.sub, 'user-1')
  for (const [given, more, code] of [
    [forge(genuine), [], 'signature_invalid'],
    [genuine, ['--scope', 'c'], 'scope_missing'],
    [genuine, ['--claim', 'email'], 'claim_missing'],
    [genuine, ['--typ', 'at+jwt'], 'type_mismatch'],
    ['x', [], 'token_malformed'],
  ]) {
    const { exit, json } = await run(['verify', given, ...options, ...more, '--json'])
    assert.deepEqual([exit, json().code], [1, code])
  }
  assert.equal((await run(['verify', genuine, '--json'])).json().code, 'expected_issuer_missing')
  const silent = await run(['verify', genuine, '--issuer', ISSUER, '--audience', AUDIENCE, '--jwks', 'http://127.0.0.1:1/jwks', '--json'])
  assert.deepEqual([silent.exit, silent.json().code], [3, 'keys_unreachable'])
})

test('a check that cannot be made, or cannot be meant, is wrong usage and no refusal', async () => {
  const [genuine, code] = [token(key), await oneTimeCode(key, 'shop')]
  const expected = ['--issuer', ISSUER, '--audience', AUDIENCE]
  const jwks = path.join(home, 'keys.json')
  writeFileSync(jwks, JSON.stringify({ keys: [key.jwk] }))
  const weak = path.join(home, 'weak.json')
  writeFileSync(weak, JSON.stringify({ keys: [{ ...key.jwk, y: key.jwk.x }] }))
  for (const args of [
    ['verify', genuine, ...expected, '--jwks', weak],
    ['verify', genuine, ...expected, '--jwks', path.join(home, 'nowhere.json')],
    ['verify', genuine, ...expected, '--jwks', jwks, '--target', 'shop'],
    ['verify', genuine, ...expected, '--jwks', jwks, '--redeem'],
    ['verify', code, '--target', 'shop', '--scope', 'a'],
    ['verify', code, '--target', 'shop', '--any-issuer'],
    ['verify', genuine, ...expected, '--jwks', jwks, '--clock-tolerance', 'abc'],
    ['verify', genuine, ...expected, '--jwks', jwks, '--clock-tolerance', '601'],
    ['verify', code, '--target', 'shop', '--clock-tolerance', '1.5'],
    ['verify', genuine, ...expected, '--jwks', 'http://issuer.example/jwks'],
    ['verify', genuine, '--issuer', 'http://issuer.example', '--audience', AUDIENCE],
    ['verify', genuine, '--issuer', ISSUER, '--jwks', jwks],
    ['verify', code, '--target', 'SHOP!'],
  ]) {
    const { exit, out, err } = await run(args)
    assert.deepEqual([exit, out], [2, ''], args.join(' '))
    assert.match(err, /^countersign: .{1,300}\n$/)
  }
  const spent = requests.length
  assert.equal((await run(['verify', code, '--redeem', '--api-key', 'nxs6_key', '--target', 'bank'])).exit, 1)
  assert.ok(requests.slice(spent).every(({ url }) => !url.includes('codes/verify')), 'and is not spent')
})

test('decode says that nothing was verified', async () => {
  const { exit, err, json } = await run(['decode', forge(token(key)), '--json'])
  assert.equal(exit, 0)
  assert.match(err, /NOT VERIFIED/)
  assert.equal(json().verified, false)
  assert.equal(json().claims.sub, 'user-1')
})

test('keygen makes keys that work, and never writes over one', async () => {
  const { importJwks } = await load('index')
  for (const alg of ['ES256', 'RS256']) {
    const out = path.join(home, `${alg}.json`)
    const made = await run(['keygen', '--alg', alg, '--out', out, '--json'])
    assert.equal(made.exit, 0, made.err)
    assert.equal(importJwks(made.json().jwks).keys[0].alg, alg)
    assert.equal(JSON.stringify(made.json()).includes('"d"'), false)
    assert.equal(statSync(out).mode & 0o777, 0o600)
    assert.ok(JSON.parse(readFileSync(out)).d)
    assert.equal((await run(['keygen', '--out', out])).exit, 2)
  }
})

test('an authority that does not answer is not a refusal', async () => {
  const { exit, out } = await run(['status', '--json', '--base', 'http://127.0.0.1:1'])
  assert.equal(exit, 0)
  assert.equal(JSON.parse(out).signedIn, false, 'nobody is signed in there')
  writeFileSync(credentials(), JSON.stringify({ ...JSON.parse(readFileSync(credentials())), 'http://127.0.0.1:1': { kind: 'session', sessionToken: 'x' } }))
  assert.equal((await run(['whoami', '--base', 'http://127.0.0.1:1'])).exit, 3)
  assert.equal((await run(['status', '--json', '--base', 'http://127.0.0.1:1'])).json().signedIn, null)
})

test('logout forgets this authority alone', async () => {
  assert.equal((await run(['logout', '--json'])).json().wasSignedIn, true)
  assert.equal((await run(['whoami'])).exit, 4)
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(credentials()))), ['http://127.0.0.1:1'])
})

test('letting a device in', { timeout: 30_000 }, async () => {
  const { exit, err, out } = await run(['login', '--name', 'Box'])
  assert.equal(exit, 0)
  assert.match(err, /WDJB-MJHT/)
  assert.match(out, /agent ai_agent/)
  assert.equal((await run(['whoami', '--json'])).json().id, 'ai_agent')
  assert.match((await run(['code', 'shop'])).err, /codes are given by people/)
})
