// `make size`: fails where an artefact is over its budget.
import { build, sizes } from './build.mjs';

/** Bytes, compressed: what start-up and Cloudflare's limit (1 MB on the free plan) go by. */
const BUDGET = 300_000;

const total = sizes(await build()).at(-1);
const line = `Worker: ${(total.gzip / 1000).toFixed(1)} kB gzip of ${BUDGET / 1000} kB`;
if (total.gzip > BUDGET) {
  console.error(`size: ${line}: over its budget`);
  process.exit(1);
}
console.log(line);
