#!/usr/bin/env node
// Builds pkg/dist: the WebAssembly, then the TypeScript over it for three kinds of runtime.
//
// - dist/web: for browsers, bundlers and whatever else. ES modules; the WebAssembly is text
//   beside them, so that it is there on import, synchronously, and no bundler has to know of
//   it. Without the build of fused multiply-adds, which `countersign/fast` adds.
// - dist/server: the same for who bundles for Node.js, with both builds: what is not imported
//   is left out, and what is left starts sooner than dist/node does in a bundle.
// - dist/node: for Node.js, Deno and Bun. CommonJS, and ES modules that hand it on, so that
//   `import` and `require` share one instance. Both builds of the verifier are there.
// - dist/workerd: as dist/web, but with the modules as files, as workerd compiles none at
//   run time.

import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { artefacts, base64, buildWasm } from './build/wasm.mjs'

const here = import.meta.dirname
const dist = path.join(here, 'dist')
const source = (name) => path.join(here, 'src', `${name}.ts`)

/** The modules in a folder of the source. */
const sources = (folder) => readdirSync(path.join(here, 'src', folder)).map((file) => `${folder}/${path.basename(file, '.ts')}`)

/** What users import, each from a sub-path of its own; `index` is the package itself. */
const manifest = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8'))
const entries = Object.keys(manifest.exports)
  .filter((name) => name !== './package.json')
  .map((name) => (name === '.' ? 'index' : name.slice(2)))

const modules = Object.fromEntries(Object.keys(artefacts).map((name) => [name, process.env.COUNTERSIGN_WASM === 'keep' ? path.join(here, '../build/npm', `${name}.wasm`) : buildWasm(name)]))

/** The modules `#wasm/…`, which differ from one kind of runtime to the next. */
const provide = (contents) => ({
  name: 'wasm',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^#wasm\// }, ({ path }) => ({ path: path.slice(6), namespace: 'wasm' }))
    onLoad({ filter: /.*/, namespace: 'wasm' }, ({ path: name }) => ({
      contents: contents[name],
      resolveDir: path.join(here, 'src/wasm'),
    }))
  },
})

const asText = (name) => `
  import { fromBase64 } from './base64.js'
  export default () => new WebAssembly.Module(fromBase64(${JSON.stringify(base64(modules[name]))}))`
/** A text that stands in a module of its own, beside those of dist/web. It is given by a
 *  function, as an engine only skims that until it is called: two texts as values cost a
 *  process a quarter of a millisecond before it had done anything. */
const asTextApart = (name, folder) => `
  import { fromBase64 } from './base64.js'
  import text from '${folder}/${name}.wasm.js'
  export default () => new WebAssembly.Module(fromBase64(text()))`
const asFile = (name) => `
  import module from './${name}.wasm'
  export default () => module`
const builds = (...names) => `
  ${names.map((name) => `import ${name} from '#wasm/${name}'`).join('\n')}
  export const candidates = [${names.map((name) => `{ name: '${name}', module: ${name} }`)}]`

const common = {
  bundle: true,
  target: 'es2022',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  absWorkingDir: here,
}

/** What every verification needs: one file, as each file that is read costs more than what is
 *  in it. */
const core = ['index', 'unverified', 'wasm/engine', 'verify', 'keys', 'policy', 'refusal', 'codes', 'cache', 'verifier', 'base64url']
const identifier = (name) => name.replace(/\W/g, '_')

/** CommonJS cannot be split, so what keeps something is a file of its own, or the core, that
 *  the others require. */
async function toNode() {
  // Jest's jsdom has none of its own, and `require` finds these files there.
  const inject = [path.join(here, 'build/encoding.mjs')]
  const own = new Set([...entries, ...core, 'wasm/hash', 'wasm/scalar', 'wasm/fused', 'wasm/grants', 'wasm/trail', ...sources('grants'), ...sources('guard'), ...sources('grantex')])
  const contents = {
    hash: asText('hash'),
    code: asText('code'),
    grants: asText('grants'),
    trail: asText('trail'),
    builds: `
      export const candidates = [
        { name: 'fused', module: () => require('./wasm/fused.cjs').default() },
        { name: 'scalar', module: () => require('./wasm/scalar.cjs').default() },
      ]`,
  }
  const asFiles = { name: 'files', setup: ({ onResolve }) => onResolve({ filter: /\.cjs$/ }, ({ path }) => ({ path, external: true })) }
  const split = {
    name: 'split',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ path: wanted, importer, kind }) => {
        if (kind === 'entry-point' || !importer.startsWith(path.join(here, 'src'))) return
        const name = path.relative(path.join(here, 'src'), path.resolve(path.dirname(importer), wanted)).replace(/\.js$/, '')
        const from = path.dirname(path.relative(path.join(here, 'src'), importer))
        if (!own.has(name)) return
        const to = path.relative(from, name)
        return { path: `${to.startsWith('.') ? to : `./${to}`}.cjs`, external: true }
      })
      onResolve({ filter: /\.cjs$/ }, ({ path }) => ({ path, external: true }))
    },
  }
  await build({
    ...common,
    stdin: { contents: core.map((name) => `export * as ${identifier(name)} from './${name}.js'`).join('\n'), resolveDir: path.join(here, 'src'), loader: 'ts' },
    outfile: path.join(dist, 'node/core.cjs'),
    format: 'cjs',
    platform: 'node',
    inject,
    plugins: [asFiles, provide(contents)],
  })
  for (const name of core) {
    const file = path.join(dist, 'node', `${name}.cjs`)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, `module.exports=require("${name.includes('/') ? '..' : '.'}/core.cjs").${identifier(name)}\n`)
  }
  await build({
    ...common,
    entryPoints: [...own].filter((name) => !core.includes(name) && !/scalar|fused/.test(name)).map((name) => ({ in: source(name), out: name })),
    outdir: path.join(dist, 'node'),
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    platform: 'node',
    inject,
    plugins: [split, provide({ ...contents, fused: "export default () => require('./wasm/fused.cjs').default()" })],
  })
  for (const name of ['scalar', 'fused']) {
    writeFileSync(
      path.join(dist, `node/wasm/${name}.cjs`),
      `exports.default=()=>new WebAssembly.Module(Buffer.from("${base64(modules[name])}","base64"))\n`,
    )
  }
  const require = createRequire(import.meta.url)
  for (const name of entries) {
    const names = Object.keys(require(path.join(dist, `node/${name}.cjs`)))
    writeFileSync(
      path.join(dist, `node/${name}.mjs`),
      // Bun finds no default in what exports nothing.
      names.length > 0 ? `import all from './${name}.cjs'\nexport const { ${names.join(', ')} } = all\n` : `import './${name}.cjs'\n`,
    )
  }
}

/** Types for `import`, and the same for `require`. */
function types() {
  const tsc = createRequire(import.meta.url).resolve('typescript/package.json')
  execFileSync(process.execPath, [path.join(path.dirname(tsc), 'bin/tsc'), '-p', here], { stdio: 'inherit' })
  const folder = path.join(dist, 'types')
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!file.endsWith('.d.ts')) continue
    const text = readFileSync(path.join(folder, file), 'utf8')
    writeFileSync(path.join(folder, file.replace(/\.d\.ts$/, '.d.cts')), text.replace(/(from '\.[^']*)\.js'|(import\("\.[^"]*)\.js"/g, (_, a, b) => (a ? `${a}.cjs'` : `${b}.cjs"`)))
  }
}

rmSync(dist, { recursive: true, force: true })
mkdirSync(path.join(dist, 'workerd'), { recursive: true })
for (const [name, module] of Object.entries(modules)) copyFileSync(module, path.join(dist, `workerd/${name}.wasm`))

/** The command line stands on what users import. */
async function commandLine() {
  const onPackage = {
    name: 'on the package',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.\// }, ({ path: wanted }) => ({ path: `./node/${path.basename(wanted, '.js')}.mjs`, external: true }))
    },
  }
  await build({
    ...common,
    entryPoints: [source('cli/main')],
    outfile: path.join(dist, 'cli.mjs'),
    format: 'esm',
    platform: 'node',
    define: { VERSION: JSON.stringify(manifest.version) },
    plugins: [onPackage],
  })
  chmodSync(path.join(dist, 'cli.mjs'), 0o755)
}

const external = {
  name: 'modules as files',
  setup({ onResolve }) {
    onResolve({ filter: /\.wasm(\.js)?$/ }, ({ path: file }) => ({ path: file, external: true }))
  },
}
/** ES modules, all in one folder: the paths to the WebAssembly must hold in each. */
const toModules = (out, contents) =>
  build({
    ...common,
    entryPoints: entries.map((name) => ({ in: source(name), out: name })),
    outdir: path.join(dist, out),
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    plugins: [external, provide(contents)],
  })
const names = Object.keys(artefacts)
const each = (form, ...rest) => Object.fromEntries(names.map((name) => [name, form(name, ...rest)]))
mkdirSync(path.join(dist, 'web'), { recursive: true })
for (const name of names) writeFileSync(path.join(dist, `web/${name}.wasm.js`), `export default function text(){return ${JSON.stringify(base64(modules[name]))}}\n`)
await Promise.all([
  toModules('web', { ...each(asTextApart, '.'), builds: builds('scalar') }),
  toModules('server', { ...each(asTextApart, '../web'), builds: builds('fused', 'scalar') }),
  toModules('workerd', { ...each(asFile), builds: builds('fused', 'scalar') }),
  toNode(),
  commandLine(),
])
types()
for (const license of ['LICENSE-MIT', 'LICENSE-APACHE']) copyFileSync(path.join(here, '..', license), path.join(here, license))
