// A Python environment for each set of requirements, made once and again when they change.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../tools/build.mjs';

const REQUIREMENTS = path.join(ROOT, 'tests/clients/requirements');
const HOME = path.join(ROOT, 'build/venv');

/** The names of the environments: one for each file of requirements. */
export const ENVIRONMENTS = fs
  .readdirSync(REQUIREMENTS)
  .map((file) => path.basename(file, '.txt'))
  .sort();

/**
 * The Python interpreter of an environment that has exactly what its requirements pin.
 *
 * @param {string} name one of `ENVIRONMENTS`
 */
export function python(name) {
  const requirements = path.join(REQUIREMENTS, `${name}.txt`);
  const directory = path.join(HOME, name);
  const interpreter = path.join(directory, 'bin/python');
  const stamp = path.join(directory, '.installed-from');
  const wanted = fs.readFileSync(requirements, 'utf8');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return interpreter;

  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(HOME, { recursive: true });
  run('python3', ['-m', 'venv', directory], 'Python 3.10 or later with venv is missing (Debian: apt-get install python3-venv)');
  run(
    interpreter,
    ['-m', 'pip', 'install', '--quiet', '--no-deps', '--disable-pip-version-check', '-r', requirements],
    `pip could not install ${path.relative(ROOT, requirements)}`,
  );
  fs.writeFileSync(stamp, wanted);
  return interpreter;
}

function run(command, args, failure) {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${failure}\n${error?.message ?? stderr}`);
}
