// The client of the Anexus door: which answers are a yes, which a no, and which are nothing at all.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './under.mjs'

const { authorizeDevice, checkAgent, checkLogin, generateCode, pollDevice, verifyCode } = await load('anexus')

/** Each call, what says yes to it, and what it must be told with that. */
const calls = {
  checkLogin: [(at) => checkLogin(at, 's'), { logged_in: true, user_id: 'u', username: 'ada' }, ['user_id']],
  generateCode: [(at) => generateCode(at, 's', 'shop'), { success: true, code: 'anx://' }, ['code']],
  verifyCode: [(at) => verifyCode(at, 'c', { apiKey: 'k' }), { verified: true, user_id: 'u', username: 'ada' }, ['user_id']],
  checkAgent: [(at) => checkAgent(at, 'k'), { verified: true, id: 'ai_1' }, ['id']],
  authorizeDevice: [(at) => authorizeDevice(at, 'n'), { success: true, device_code: 'd', user_code: 'u', verification_uri: 'https://a.example' }, ['device_code', 'user_code', 'verification_uri']],
  pollDevice: [(at) => pollDevice(at, 'd'), { status: 'authorized', api_key: 'k', agent_id: 'a', agent_secret: 's' }, ['api_key', 'agent_id', 'agent_secret']],
}

const answers = (body, status = 200, headers = {}) => ({
  base: 'https://issuer.example/anexus',
  fetch: async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers }),
})
const kind = (answer) => (answer.ok ? 'yes' : answer.unavailable ? 'nothing' : 'no')

for (const [name, [call, yes, needed]] of Object.entries(calls)) {
  test(`${name}: a yes is whole and no error`, async () => {
    assert.equal(kind(await call(answers(yes))), 'yes')
    for (const status of [400, 401, 403, 404]) assert.equal(kind(await call(answers(yes, status))), 'no', status)
    for (const status of [302, 307, 500, 503]) assert.equal(kind(await call(answers(yes, status, { location: '/' }))), 'nothing', status)
    for (const body of ['<html>', '', 'null', '"yes"']) assert.equal(kind(await call(answers(body))), 'nothing', body)
    for (const member of needed) {
      for (const none of [undefined, '', 7, null]) {
        const answer = await call(answers({ ...yes, [member]: none }))
        assert.equal(kind(answer), 'nothing', `${member}: ${none}`)
        assert.ok(answer.error.includes(member))
      }
    }
  })
}

test('an answer without an end is not read to its end', async () => {
  let sent = 0
  const body = new ReadableStream({
    pull(controller) {
      sent += 1024 * 1024
      controller.enqueue(new Uint8Array(1024 * 1024).fill(0x20))
    },
  })
  const answer = await checkLogin({ ...answers(''), fetch: async () => new Response(body) }, 's')
  assert.equal(kind(answer), 'nothing')
  assert.ok(sent < 64 * 1024 * 1024, sent)
})

test('a device waits for as long as nobody has decided, and no longer', async () => {
  const poll = (...answer) => pollDevice(answers(...answer), 'd')
  assert.equal(await poll({ status: 'pending' }), undefined)
  assert.equal(await poll({ error: 'Too many' }, 429), undefined)
  assert.match((await poll({ status: 'expired' })).error, /expired/)
  assert.deepEqual(await poll({ status: 'error', error: 'no such code' }, 404), { ok: false, unavailable: false, error: 'no such code', status: 404 })
})
