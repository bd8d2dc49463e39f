// Drives the published Python packages, unmodified, against a Worker in workerd that this
// starts for them. The person's part in the browser is played by Chromium (person.mjs).
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../../tools/build.mjs';
import { provision } from '../../tools/demo.mjs';
import { startWorker } from '../support/workerd.mjs';
import { ENVIRONMENTS, python } from './venv.mjs';

const HERE = path.join(ROOT, 'tests/clients');

const split = process.argv.indexOf('--');
const names = process.argv.slice(2, split < 0 ? undefined : split);
const extra = split < 0 ? [] : process.argv.slice(split + 1);
const unknown = names.filter((name) => !ENVIRONMENTS.includes(name));
if (unknown.length) fail(`no suite called ${unknown.join(' or ')}: there are ${ENVIRONMENTS.join(', ')}`);
const suites = names.length ? names : ENVIRONMENTS;

function fail(line) {
  console.error(`clients: ${line}`);
  process.exit(2);
}

/** Runs one suite; its pytest says at the end how many passed and failed. */
function suite(name, interpreter, demo) {
  const tests = path.join(HERE, name.split('-')[0]);
  const env = {
    ...process.env,
    DEMO: JSON.stringify(demo),
    NODE: process.execPath,
    PERSON: path.join(HERE, 'person.mjs'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--color=no', ...extra, tests];
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(interpreter, args, { cwd: tests, env });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => {
      const last = output.trimEnd().split('\n').at(-1) ?? '';
      const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(last)?.[1] ?? 0);
      const passed = count('passed');
      // A suite that ran nothing has not passed.
      const failed = count('failed') + count('errors?') || Number(code !== 0 || passed === 0);
      resolve({ passed, failed, output });
    });
  });
}

let interpreters;
try {
  interpreters = suites.map(python);
} catch (error) {
  fail(error.message);
}
const worker = await startWorker();
let passed = 0;
let failed = 0;
try {
  for (const [index, name] of suites.entries()) {
    const result = await suite(name, interpreters[index], await provision(worker.origin));
    passed += result.passed;
    failed += result.failed;
    if (result.failed) console.log(result.output, worker.log && `\nThe Worker's log:\n${worker.log}`);
    console.log(`${name}: ${result.passed} of ${result.passed + result.failed}`);
  }
} finally {
  await worker.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
