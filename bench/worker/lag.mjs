// How long a revoked token is still accepted, and what the lists that shorten it weigh.
//
//   node bench/worker/lag.mjs [lag] [bytes]
import { gzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGrantVerifier } from '../../pkg/dist/node/grants.mjs';
import { addGrants, developer, statusLists, withDeveloper } from './developer.mjs';
import { median, table } from './figures.mjs';
import { ours } from './serve.mjs';

const EVERY = 50; // milliseconds between two verifications of the same token

/** What a cache does that keeps an answer for its `max-age` and does not say for how long it has. */
function cached() {
  const kept = new Map();
  return async (...asked) => {
    const address = String(asked[0].url ?? asked[0]);
    const had = kept.get(address);
    if (had && performance.now() < had.until) return had.response.clone();
    const response = await fetch(...asked);
    const age = /max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1] ?? 0;
    kept.set(address, { response: response.clone(), until: performance.now() + 1000 * Number(age) });
    return response;
  };
}

async function lag() {
  const worker = await ours();
  const lags = { online: [], directly: [], cache: [] };
  try {
    const dev = await developer(worker);
    const isValid = async (token) => (await dev.post('/v1/tokens/verify', { token })).valid;
    for (let count = 0; count < 200; count++) {
      const { grantId, grantToken } = await dev.grant();
      if (!(await isValid(grantToken))) throw new Error('a fresh token is not good');
      await dev.revoke(grantId);
      const since = performance.now();
      let asked = 1;
      while (await isValid(grantToken)) asked++;
      lags.online.push({ asked, milliseconds: performance.now() - since });
    }

    const { grantId, grantToken } = await dev.grant();
    const fresh = async (more) => {
      const verifier = await createGrantVerifier({ issuer: dev.base, onUnknown: 'refuse', ...more });
      const { ok } = await verifier.verify(grantToken);
      if (!ok) throw new Error('a fresh token is not good');
      return verifier;
    };
    const until = async (verifier, since) => {
      while ((await verifier.verify(grantToken)).ok) await sleep(EVERY);
      return (performance.now() - since) / 1000;
    };
    // Verifiers whose lists are of any age at the moment of the revocation, and caches that were
    // filled right before it and are asked at the end of what they may keep.
    const direct = [];
    for (let count = 0; count < 6; count++) {
      direct.push(await fresh());
      await sleep(count < 5 ? 1500 : 0);
    }
    const shared = cached();
    await fresh({ fetch: shared });
    await dev.revoke(grantId);
    const since = performance.now();
    const late = (async () => {
      const found = [];
      for (const at of [2, 8, 14.5]) {
        await sleep(1000 * at - (performance.now() - since));
        found.push(until(await fresh({ fetch: shared }), since));
      }
      return Promise.all(found);
    })();
    lags.directly = await Promise.all(direct.map((verifier) => until(verifier, since)));
    lags.cache = await late;
  } finally {
    await worker.stop();
  }
  const seconds = (times) => [Math.min(...times), median(times), Math.max(...times)].map((time) => time.toFixed(1));
  const online = Math.max(...lags.online.map(({ asked }) => asked));
  console.log(`\nFrom the answer to a revocation to the first refusal. Online: the ${online === 1 ? 'very next request, 200 times of 200' : `request number ${online} at the latest`}\n`);
  table(['with status lists, s', 'least', 'median', 'most'], [
    ['asked for directly', ...seconds(lags.directly)],
    ['through a cache that hides its age', ...seconds(lags.cache)],
  ]);
}

/** The lists of an account with 100,000 tokens, as the Worker signs them. */
async function bytes() {
  const TOKENS = 100_000;
  const worker = await ours();
  const rows = [];
  try {
    const dev = await developer(worker);
    // One tree that is one in a hundred of all, one that makes it one in ten, and the rest.
    const trees = [];
    for (const size of [TOKENS / 100, (TOKENS * 9) / 100, (TOKENS * 90) / 100]) {
      const root = await dev.grant();
      trees.push({ size, root, child: await dev.delegate(root) });
    }
    await worker.end();
    withDeveloper(worker, dev, (database) => {
      addGrants(database, trees.map(({ size, child }) => ({ child: child.grantId, count: size - 2 })));
    });
    await worker.start();
    const weigh = async (revoked) => {
      const lists = await statusLists(dev, TOKENS);
      const sum = (bytes) => lists.reduce((total, list) => total + bytes(list), 0);
      const found = sum((list) => list.revoked);
      if (found !== (TOKENS * revoked) / 100) throw new Error(`${found} places are revoked, not ${revoked} %`);
      rows.push([
        `${revoked} %`,
        lists.length,
        sum(({ compressed }) => compressed.length),
        sum(({ token }) => token.length),
        sum(({ token }) => gzipSync(token).length),
      ]);
    };
    await weigh(0);
    await dev.revoke(trees[0].root.grantId);
    await weigh(1);
    await dev.revoke(trees[1].root.grantId);
    await weigh(10);
  } finally {
    await worker.stop();
  }
  console.log('\nStatus lists of 100,000 tokens, bytes\n');
  table(['revoked', 'lists', 'compressed bits', 'signed documents', 'these, gzip'], rows);
}

const PARTS = { lag, bytes };
const wanted = process.argv.slice(2);
for (const [name, part] of Object.entries(PARTS)) if (!wanted.length || wanted.includes(name)) await part();
