// Builds the Worker into build/worker (or build/VARIANT): what is up to date is left alone.
//
//   node tools/build.mjs [--variant edge-test] [--sizes]
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { buildWasm as buildPackageWasm } from '../pkg/build/wasm.mjs';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const TARGET = 'wasm32-unknown-unknown';

/**
 * What Rust allocates lies above its stack, so that no pointer is near zero and an offset can go
 * into the load itself.
 */
const OPTIMISE = ['--low-memory-unused', '-Oz', '-Oz'];

/** What is built: `edge-test` has a door that breaks on purpose, and is quick to build. */
const VARIANTS = {
  worker: { features: 'worker', profile: 'worker', optimise: OPTIMISE },
  'edge-test': { features: 'edge-test', profile: 'edge-test', optimise: null },
};

const WASM_FEATURES = [
  'mutable-globals',
  'sign-ext',
  'nontrapping-float-to-int',
  'bulk-memory',
  'bulk-memory-opt',
  'multivalue',
  'reference-types',
  'call-indirect-overlong',
  'simd',
].map((feature) => `--enable-${feature}`);

const CARGO_HOME = process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo');
const RUSTFLAGS = [
  // Panics name their file: the same on each machine, so that all make the same bytes.
  `--remap-path-prefix=${CARGO_HOME}/registry/src=crates`,
  // RS256 multiplies pairs of doubles.
  '-Ctarget-feature=+simd128',
].join(' ');

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Builds `variant` where it is out of date and returns its directory. */
export async function build(variant = 'worker') {
  const out = path.join(ROOT, 'build', variant);
  fs.mkdirSync(out, { recursive: true });
  buildWasm(VARIANTS[variant], path.join(out, 'countersign.wasm'));
  const listing = {};
  const publish = publisher(path.join(out, 'public'), listing);
  copyAssets(publish);
  await bundleModules(publish);
  await bundle(out, listing);
  return out;
}

// Cargo knows best whether anything changed, and is quick to say so.
function buildWasm({ features, profile, optimise }, out) {
  const args = ['rustc', '--lib', '--quiet', '--target', TARGET, '--profile', profile];
  if (!fs.existsSync(out)) console.log('build: compiling; the first time takes a minute or two');
  const cargo = spawnSync('cargo', [...args, '--features', features, '--crate-type', 'cdylib'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: RUSTFLAGS },
  });
  // Warnings are for `make lint` to tell.
  if (cargo.status !== 0) throw new Error(cargo.error?.message ?? cargo.stderr);
  const directory = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target');
  const made = path.join(directory, TARGET, profile, 'countersign.wasm');
  const stamp = `${out}.from`;
  const source = `${hash(fs.readFileSync(made))} ${optimise} by name`;
  if (fs.existsSync(out) && read(stamp) === source) return;
  if (optimise) {
    const binaryen = path.join(ROOT, 'node_modules/binaryen/bin/wasm-opt');
    // By name, what is alike is close together, and compresses better: 8 kB of 350.
    const finish = ['--reorder-functions-by-name', '--strip-debug', '--strip-producers', '--strip-target-features'];
    const args = [binaryen, ...WASM_FEATURES, made, ...optimise, ...finish, '-o', `${out}.new`];
    execFileSync(process.execPath, args, { stdio: 'inherit' });
  } else {
    fs.copyFileSync(made, `${out}.new`);
  }
  fs.renameSync(`${out}.new`, out);
  fs.writeFileSync(stamp, source);
}

/** Writes static files into `out` and lists them by path: their type, and a tag of their content. */
function publisher(out, listing) {
  return (name, content) => {
    const type = TYPES[path.extname(name)];
    if (!type) throw new Error(`no media type for ${name}: add it to tools/build.mjs`);
    listing[name] = { type, tag: `"${hash(content).slice(0, 16)}"` };
    const copy = path.join(out, name);
    fs.mkdirSync(path.dirname(copy), { recursive: true });
    fs.writeFileSync(copy, content);
  };
}

function copyAssets(publish) {
  const from = path.join(ROOT, 'www/assets');
  for (const entry of fs.readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    publish(`/assets/${path.relative(from, file).split(path.sep).join('/')}`, fs.readFileSync(file));
  }
}

/**
 * The scripts that stand on the npm package. Its WebAssembly is a file beside them, which the
 * pages that need it fetch: the Worker carries none of it.
 */
async function bundleModules(publish) {
  const wasm = fs.readFileSync(trailModule());
  publish('/assets/trail.wasm', wasm);
  const address = `/assets/trail.wasm?v=${hash(wasm).slice(0, 16)}`;
  const { outputFiles } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: ['www/modules/*.js'],
    outdir: 'assets',
    write: false,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    minify: true,
    logLevel: 'warning',
    plugins: [
      {
        name: 'fetched',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^#wasm\/trail$/ }, () => ({ path: 'trail', namespace: 'fetched' }));
          onLoad({ filter: /^trail$/, namespace: 'fetched' }, () => ({
            contents: `const module = await WebAssembly.compileStreaming(fetch(${JSON.stringify(address)}));
              export default () => module;`,
          }));
        },
      },
    ],
  });
  for (const { path: file, contents } of outputFiles) publish(`/assets/${path.basename(file)}`, contents);
}

/** The package's module for trails, built where a source that cargo names is newer. */
function trailModule() {
  const module = path.join(ROOT, 'build/npm/trail.wasm');
  const named = read(path.join(ROOT, 'target/npm/trail', TARGET, 'release/countersign.d'));
  if (named && fs.existsSync(module)) {
    const sources = named.slice(named.indexOf(': ') + 2).trim().split(/(?<!\\) /);
    const isOlder = (file) => fs.existsSync(file) && fs.statSync(file).mtimeMs <= fs.statSync(module).mtimeMs;
    if ([...sources, path.join(ROOT, 'Cargo.toml')].every(isOlder)) return module;
  }
  return buildPackageWasm('trail');
}

async function bundle(out, listing) {
  await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: ['worker/entry.js'],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    minify: true,
    outfile: path.join(out, 'index.js'),
    external: ['cloudflare:*', './countersign.wasm'],
    logLevel: 'warning',
    plugins: [
      {
        name: 'listing',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\/listing\.json$/ }, () => ({ path: 'listing', namespace: 'built' }));
          onLoad({ filter: /^listing$/, namespace: 'built' }, () => ({
            contents: JSON.stringify(listing),
            loader: 'json',
          }));
        },
      },
    ],
  });
}

function read(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}

/** The artefacts of a built directory with their sizes in bytes. */
export function sizes(directory) {
  const files = ['index.js', 'countersign.wasm'].map((name) => {
    const content = fs.readFileSync(path.join(directory, name));
    return { name, raw: content.length, gzip: gzipSync(content, { level: 9 }).length };
  });
  const sum = (key) => files.reduce((total, file) => total + file[key], 0);
  return [...files, { name: 'Worker', raw: sum('raw'), gzip: sum('gzip') }];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const at = process.argv.indexOf('--variant');
  const directory = await build(at < 0 ? 'worker' : process.argv[at + 1]).catch((error) => {
    console.error(`build: ${error.message}`);
    process.exit(1);
  });
  if (process.argv.includes('--sizes')) {
    for (const { name, raw, gzip } of sizes(directory)) {
      const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
      console.log(`${name.padEnd(18)}${kilobytes(raw)} ${kilobytes(gzip)} gzip`);
    }
  }
}
