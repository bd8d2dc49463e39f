// The examples run as their users would run them, and let in who has the scope.

import { build } from 'esbuild'
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { forge, issuer } from './grants.mjs'
import { askPage, findChromium, openChromium, serveWorker } from './runtimes.mjs'
import { folder } from './under.mjs'

const root = path.resolve(import.meta.dirname, '../..')
const example = (...names) => path.join(folder, 'examples', ...names)

// Beside the installed package, with the frameworks that the project has for its tests.
cpSync(path.join(root, 'examples'), example(), { recursive: true, filter: (file) => !file.includes('target') })
for (const name of ['express', 'hono']) {
  const link = path.join(folder, 'node_modules', name)
  if (!existsSync(link)) symlinkSync(path.join(root, 'node_modules', name), link)
}

/** What is shown to each API, and the status that it must get. */
const shown = (at) => ({
  nobody: [undefined, 401],
  good: [at.grant(3), 200],
  forged: [forge(at.grant(3)), 401],
  'another scope': [at.grant(3, { scp: ['email:send'] }), 403],
  revoked: [at.grant(7), 401],
})

async function judges(url, at) {
  at.revoked = [7]
  for (const [name, [token, status]] of Object.entries(shown(at))) {
    const answer = await fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
    assert.equal(answer.status, status, name)
    if (status === 200) assert.deepEqual(await answer.json(), { events: [], of: 'usr_1', by: 'did:grantex:ag_1' })
    else assert.match(answer.headers.get('www-authenticate'), /^Bearer/, name)
  }
}

/** A program that prints where it serves. */
async function serves(command, args, judge) {
  const at = await issuer()
  const child = spawn(command, args, { env: { ...process.env, ISSUER: at.issuer, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = await new Promise((resolve, reject) => {
      child.stdout.once('data', (said) => resolve(String(said).split('\n')))
      child.once('exit', (code) => reject(new Error(`it ended with ${code}`)))
    })
    await judge(line, at)
  } finally {
    child.kill()
    await at.close()
  }
}

for (const name of ['express', 'hono']) {
  test(`examples/${name}`, () => serves(process.execPath, [example(name, 'server.mjs')], judges))
}

test('examples/worker, in workerd', async () => {
  const at = await issuer()
  await serveWorker(folder, 'examples/worker/worker.js', (url) => judges(`${url}events`, at), { ISSUER: at.issuer })
  await at.close()
})

test('examples/axum', { skip: spawnSync('cargo', ['--version']).status !== 0 && 'no cargo' }, async () => {
  const target = path.join(root, 'target/examples')
  const args = ['build', '--quiet', '--locked', '--manifest-path', path.join(root, 'examples/axum/Cargo.toml'), '--target-dir', target]
  assert.equal(spawnSync('cargo', args, { stdio: 'inherit' }).status, 0)
  await serves(path.join(target, 'debug/countersign-axum-example'), [], judges)
})

test('examples/service-worker, in Chromium', { skip: findChromium() === undefined && 'no Chromium' }, async () => {
  const at = await issuer()
  at.revoked = [7]
  const bundled = async () => {
    const { outputFiles } = await build({ entryPoints: [example('service-worker/sw.js')], bundle: true, format: 'iife', write: false, logLevel: 'warning' })
    return outputFiles[0].contents
  }
  const given = { issuer: at.issuer, shown: shown(at) }
  // The page asks all, then the issuer goes away, and it asks again.
  const script = `
    const { issuer, shown } = await (await fetch('/given.json')).json()
    await navigator.serviceWorker.register('/sw.js?' + new URLSearchParams({ issuer }))
    await navigator.serviceWorker.ready
    if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve))
    const ask = async ([token]) => {
      const answer = await fetch('/events', { headers: token ? { authorization: 'Bearer ' + token } : {} })
      return [answer.status, answer.ok ? await answer.json() : null]
    }
    const all = async () => Object.fromEntries(await Promise.all(Object.entries(shown).map(async ([name, what]) => [name, await ask(what)])))
    const online = await all()
    await fetch('/away', { method: 'PUT' })
    await fetch('/', { method: 'POST', body: JSON.stringify({ online, offline: await all() }) })`
  const { online, offline } = await askPage(script, JSON.stringify(given), openChromium(findChromium()), 60, {
    // A service worker's policy is its own: this one asks the issuer.
    '/sw.js': ['text/javascript', await bundled(), { 'content-security-policy': `script-src 'wasm-unsafe-eval'; connect-src ${new URL(at.issuer).origin}` }],
    '/away': () => at.close(),
  })
  for (const [when, found] of Object.entries({ online, offline })) {
    for (const [name, [, status]] of Object.entries(given.shown)) assert.equal(found[name][0], status, `${name}, ${when}`)
    assert.deepEqual(found.good[1], { events: [], of: 'usr_1', by: 'did:grantex:ag_1', revocation: 'valid' })
  }
})
