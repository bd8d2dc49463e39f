// `make bench`: everything that docs/performance.md has figures for; with words, those alone.
//
//   make bench
//   make bench ARGS="codes grants"
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './build.mjs';

const SUITES = {
  codes: 'bench/worker/run.mjs',
  grants: 'bench/worker/grants.mjs',
  lag: 'bench/worker/lag.mjs',
  verify: 'bench/verify/run.mjs',
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in SUITES));
if (unknown.length) {
  console.error(`bench: there is no ${unknown.join(' or ')}: there are ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}
for (const [name, file] of Object.entries(SUITES)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const args = ['--disable-warning=ExperimentalWarning', path.join(ROOT, file)];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
