// `make test`: every level, cheapest first, a line each; the first that fails is the last.
//
//   make test                   all
//   make test LEVELS="edge npm" these
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './build.mjs';

// One set of features for all that is compiled natively, so that it is compiled once.
const CARGO = 'cargo test --quiet --features sqlite,worker,npm';
const NODE = `"${process.execPath}" --test --test-reporter=tap`;

/**
 * The levels. `where` is what has to exist for a level to be one; `run` goes through a shell,
 * in the project's root, with `node` and `node_modules/.bin` first on its PATH. A level that
 * reports in no form known to `count` counts as one test.
 */
const LEVELS = [
  { name: 'unit', where: 'src', run: `${CARGO} --lib` },
  { name: 'vectors', where: 'tests/vectors', run: `${CARGO} --test vectors --test codes --test routes --test allocations` },
  { name: 'authority', where: 'tests/authority', run: `${CARGO} --test authority` },
  { name: 'documents', where: 'docs', run: `${CARGO} --doc` },
  {
    name: 'bare metal',
    where: 'src',
    run: 'cargo build --quiet --lib --target thumbv7em-none-eabi',
  },
  {
    name: 'fuzz',
    where: 'fuzz',
    run: 'cargo run --quiet --release --manifest-path fuzz/Cargo.toml --no-default-features --example stable -- 60',
  },
  { name: 'edge', where: 'tests/edge', run: `${NODE} "tests/edge/*.test.mjs"` },
  { name: 'npm', where: 'tests/npm/run.mjs', run: 'node tests/npm/run.mjs' },
  { name: 'clients', where: 'tests/clients/run.sh', run: 'sh tests/clients/run.sh' },
  { name: 'browser', where: 'tests/browser', run: `${NODE} --test-concurrency=1 "tests/browser/*.test.mjs"` },
];

/** The forms in which the runners say how many passed and failed. */
const FORMS = [
  /^test result: \w+\. (?<passed>\d+) passed; (?<failed>\d+) failed/gm, // cargo
  /^# pass (?<passed>\d+)\n# fail (?<failed>\d+)/gm, // node --test
  /^=+ (?:(?<failed>\d+) failed, )?(?<passed>\d+) passed\b/gm, // pytest
  /^(?<passed>\d+) passed, (?<failed>\d+) failed$/gm, // our own scripts
];

function count(output, code) {
  const found = FORMS.flatMap((form) => [...output.matchAll(form)]);
  const sum = (name) => found.reduce((total, { groups }) => total + Number(groups[name] ?? 0), 0);
  const passed = sum('passed');
  const failed = sum('failed');
  if (code === 0) return { passed: found.length ? passed : 1, failed };
  return { passed, failed: failed || 1 };
}

function run(command) {
  const bin = [path.dirname(process.execPath), path.join(ROOT, 'node_modules/.bin')];
  const PATH = [...bin, process.env.PATH].join(path.delimiter);
  return new Promise((resolve) => {
    let output = '';
    const child = spawn('sh', ['-c', command], { cwd: ROOT, env: { ...process.env, PATH } });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => resolve({ code, output }));
  });
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !LEVELS.some((level) => level.name.split(' ')[0] === name));
if (unknown.length) {
  console.error(`test: no level called ${unknown.join(' or ')}`);
  process.exit(2);
}
const chosen = LEVELS.filter(
  ({ name, where }) =>
    (!wanted.length || wanted.includes(name.split(' ')[0])) && fs.existsSync(path.join(ROOT, where)),
);

let passed = 0;
let failed = 0;
for (const level of chosen) {
  const start = performance.now();
  const { code, output } = await run(level.run);
  const counts = count(output, code);
  passed += counts.passed;
  failed += counts.failed;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (counts.failed || !counts.passed) {
    console.log(output);
    failed ||= 1;
  }
  console.log(`${level.name.padEnd(11)}${String(counts.passed).padStart(6)} passed${String(counts.failed).padStart(5)} failed${seconds.padStart(8)} s`);
  if (failed) break;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
