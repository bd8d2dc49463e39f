// The part of `make lint` that is not Rust: every module parses, no private name of a
// workplace or a registry has slipped into what is checked in, and nothing into the package.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './build.mjs';

const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((name) => name && fs.existsSync(path.join(ROOT, name)));
const problems = [];

for (const name of files.filter((name) => /\.m?js$/.test(name))) {
  const checked = spawnSync(process.execPath, ['--check', path.join(ROOT, name)], { encoding: 'utf8' });
  if (checked.status !== 0) problems.push(`${name}: ${checked.stderr.trim()}`);
}

for (const name of files.filter((name) => /(^|\/)package-lock\.json$/.test(name))) {
  if (/"resolved": "https?:/.test(fs.readFileSync(path.join(ROOT, name), 'utf8'))) {
    problems.push(`${name}: names a registry; keep omit-lockfile-registry-resolved`);
  }
}

// What a crate's user downloads: the sources, what they include, and nothing of the workshop.
const SHIPPED = /^(src|www)\/|^(\.cargo_vcs_info\.json|askama\.toml|Cargo\.(lock|toml|toml\.orig)|CHANGELOG\.md|docs\/embedding\.md|LICENSE-(APACHE|MIT)|README\.md)$/;
const packed = execFileSync('cargo', ['package', '--list', '--allow-dirty'], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
for (const name of packed.trim().split('\n')) {
  if (!SHIPPED.test(name.replaceAll(path.sep, '/'))) problems.push(`${name}: is in the crate's package`);
}

const LONGEST = 600;
for (const name of files.filter((name) => /^(src|worker|tools)\/.*\.(rs|js|mjs)$/.test(name))) {
  const lines = fs.readFileSync(path.join(ROOT, name), 'utf8').split('\n').length - 1;
  const isTest = /tests?(\.|_|\/)|_tests\./.test(name);
  if (lines > LONGEST && !isTest) problems.push(`${name}: ${lines} lines, of ${LONGEST} at most`);
}

for (const project of ['tsconfig.json', 'pkg/tsconfig.json', 'pkg/src/cli/tsconfig.json']) {
  if (!fs.existsSync(path.join(ROOT, project))) continue;
  const checked = spawnSync(path.join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit', '-p', project], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}` },
  });
  if (checked.status !== 0) problems.push(`${project}: ${checked.stdout.trim()}`);
}

for (const problem of problems) console.error(`lint: ${problem}`);
process.exit(problems.length ? 1 : 0);
