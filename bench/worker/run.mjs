// One-time codes: our Worker beside one in plain JavaScript, on the same storage.
//
//   node bench/worker/run.mjs [compare] [start] [growth]
import { build, sizes } from '../../tools/build.mjs';
import { cast, issue, redeem } from './codes.mjs';
import { median, medians, table } from './figures.mjs';
import { growth } from './growth.mjs';
import { ours, plain, startUp } from './serve.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 7);
const MILLISECONDS = Number(process.env.MILLISECONDS ?? 2000);
const STARTS = 15;

/** Alternates between the two, so that whatever else the machine does hits both. */
async function compare() {
  const workers = { plain: await plain(), ours: await ours() };
  const rounds = { plain: { issue: [], redeem: [] }, ours: { issue: [], redeem: [] } };
  try {
    const actors = {};
    for (const [name, worker] of Object.entries(workers)) {
      actors[name] = await cast(worker);
      const { codes } = await issue(actors[name], { milliseconds: 1000 });
      await redeem(actors[name], codes);
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of ['plain', 'ours']) {
        const issued = await issue(actors[name], { milliseconds: MILLISECONDS });
        const redeemed = await redeem(actors[name], issued.codes);
        if (issued.other || redeemed.other) throw new Error(`${name}: ${issued.other} codes not issued, ${redeemed.other} not redeemed`);
        rounds[name].issue.push(issued);
        rounds[name].redeem.push(redeemed);
      }
    }
  } finally {
    for (const worker of Object.values(workers)) await worker.stop();
  }
  console.log(`\nCodes: ${ROUNDS} rounds of ${MILLISECONDS} ms each, in turn, 8 connections, 8 people; medians\n`);
  const rows = [];
  for (const operation of ['issue', 'redeem']) {
    const figures = { plain: medians(rounds.plain[operation]), ours: medians(rounds.ours[operation]) };
    const ratio = median(rounds.ours[operation].map(({ rate }, round) => rate / rounds.plain[operation][round].rate));
    for (const [name, { rate, p50, p99 }] of Object.entries(figures)) {
      rows.push([operation, name, Math.round(rate), Math.round(p50), Math.round(p99), name === 'ours' ? ratio.toFixed(2) : '']);
    }
  }
  table(['operation', 'Worker', 'per second', 'p50 us', 'p99 us', 'ratio'], rows);
}

async function start() {
  const measured = [];
  for (const [name, make, pathname] of [
    ['plain', plain, '/'],
    ['ours', ours, '/health'],
    ['ours, with its database', ours, '/.well-known/jwks.json'],
  ]) {
    const worker = await make();
    await (await fetch(worker.origin + pathname)).text();
    await worker.end();
    const times = [];
    for (let count = 0; count < STARTS; count++) times.push(await startUp(worker.file, worker.port, pathname));
    await worker.stop();
    measured.push([name, median(times).toFixed(1), Math.min(...times).toFixed(1), Math.max(...times).toFixed(1)]);
  }
  console.log(`\nFrom the start of the process to its first answer, ms, ${STARTS} starts\n`);
  table(['Worker', 'median', 'least', 'most'], measured);
}

async function size() {
  console.log('\nSizes\n');
  const kilobytes = (bytes) => (bytes / 1000).toFixed(1);
  const rows = sizes(await build()).map(({ name, raw, gzip }) => [name, kilobytes(raw), kilobytes(gzip)]);
  table(['file', 'kB', 'kB gzip'], rows);
}

const PARTS = { compare, start, growth, size };
const wanted = process.argv.slice(2);
for (const [name, part] of Object.entries(PARTS)) if (!wanted.length || wanted.includes(name)) await part();
