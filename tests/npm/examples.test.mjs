// The examples run, and let in who has the scope.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, symlinkSync, existsSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { issuer } from './grants.mjs'
import { folder } from './under.mjs'

const root = path.resolve(import.meta.dirname, '../..')

// Beside the installed package, with the frameworks that the project has for its tests.
cpSync(path.join(root, 'examples'), path.join(folder, 'examples'), { recursive: true, filter: (file) => !file.includes('target') })
symlinkFrameworks()

function symlinkFrameworks() {
  for (const name of ['express', 'hono']) {
    const link = path.join(folder, 'node_modules', name)
    if (!existsSync(link)) symlinkSync(path.join(root, 'node_modules', name), link)
  }
}

/** What an API says to nobody, to a good grant, and to one without the scope. */
async function statuses(ask, at) {
  const with_ = (token) => ask(token === undefined ? {} : { authorization: `Bearer ${token}` })
  const answers = await Promise.all([with_(), with_(at.grant(3)), with_(at.grant(3, { scp: ['email:send'] }))])
  assert.deepEqual(await answers[1].json(), { events: [], of: 'usr_1', by: 'did:grantex:ag_1' })
  return answers.map(({ status }) => status)
}

for (const name of ['express', 'hono']) {
  test(`examples/${name}`, async () => {
    const at = await issuer()
    const child = spawn(process.execPath, [path.join(folder, 'examples', name, 'server.mjs')], { env: { ...process.env, ISSUER: at.issuer, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [line] = await new Promise((resolve, reject) => {
        child.stdout.once('data', (said) => resolve(String(said).split('\n')))
        child.once('exit', (code) => reject(new Error(`it ended with ${code}`)))
      })
      assert.deepEqual(await statuses((headers) => fetch(line, { headers }), at), [401, 200, 403])
    } finally {
      child.kill()
      await at.close()
    }
  })
}

test('examples/worker', async () => {
  const at = await issuer()
  const { default: worker } = await import(pathToFileURL(path.join(folder, 'examples/worker/worker.js')))
  assert.deepEqual(await statuses((headers) => worker.fetch(new Request('http://x/events', { headers }), { ISSUER: at.issuer }), at), [401, 200, 403])
  await at.close()
})
