// `make deploy`: builds the Worker and hands it to wrangler.
//
//   make deploy PUBLIC_ORIGIN=https://auth.example.com [ARGS=--dry-run]
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT, build } from './build.mjs';

const origin = process.env.PUBLIC_ORIGIN ?? '';
if (!/^https:\/\/[^/]+$/.test(origin)) {
  console.error('deploy: say where it will be: make deploy PUBLIC_ORIGIN=https://auth.example.com');
  process.exit(1);
}
await build();
const wrangler = path.join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const args = ['deploy', '--var', `PUBLIC_ORIGIN:${origin}`, ...(process.env.ARGS ?? '').split(' ').filter(Boolean)];
const { status } = spawnSync(process.execPath, [wrangler, ...args], { cwd: ROOT, stdio: 'inherit' });
process.exit(status ?? 1);
