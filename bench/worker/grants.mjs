// Delegated grants: what each step costs, beside a Worker in plain JavaScript, and what it
// costs with much behind it.
//
//   node bench/worker/grants.mjs [flow] [offline] [cascade] [trail]
import { createGrantVerifier } from '../../pkg/dist/node/grants.mjs';
import { addGrants, developer, drive, lengthenTrail, SCOPES, statusLists, withDeveloper } from './developer.mjs';
import { median, medians, table } from './figures.mjs';
import { ours, plain } from './serve.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const OPERATIONS = Number(process.env.OPERATIONS ?? 200);
const STEPS = ['authorize', 'code for a token', 'verify online', 'append to the trail', 'revoke'];
const WHOLE = 'all five';

const entryOf = ({ agent }, grantId) => ({ agentId: agent, grantId, action: 'email.sent', metadata: { to: 'ada', count: 1 } });

/** So many grants from the request to the revocation, a step at a time; what each step took. */
async function flow(worker, dev) {
  const [codes, issued] = [[], []];
  const calls = {
    authorize: () => Array(OPERATIONS).fill(['POST', '/v1/authorize', dev.ask]),
    'code for a token': () => codes.map((code) => ['POST', '/v1/token', { code, agentId: dev.agent }]),
    'verify online': () => issued.map(({ grantToken }) => ['POST', '/v1/tokens/verify', { token: grantToken }]),
    'append to the trail': () => issued.map(({ grantId }) => ['POST', '/v1/audit/log', entryOf(dev, grantId)]),
    revoke: () => issued.map(({ grantId }) => ['DELETE', `/v1/grants/${grantId}`]),
  };
  const seen = {
    authorize: ({ code }) => codes.push(code),
    'code for a token': (answer) => issued.push(answer),
    'verify online': ({ valid }) => {
      if (!valid) throw new Error('a token is not good');
    },
  };
  const took = {};
  for (const step of STEPS) {
    const figures = await drive(worker, dev, calls[step](), { seen: seen[step] });
    if (figures.wanted !== OPERATIONS) throw new Error(`${step}: ${figures.wanted} of ${OPERATIONS}, ${figures.other} refused`);
    took[step] = figures;
  }
  const seconds = STEPS.reduce((sum, step) => sum + OPERATIONS / took[step].rate, 0);
  took[WHOLE] = { rate: OPERATIONS / seconds, p50: NaN, p99: NaN };
  // Nothing verifies any more: both have done the work.
  const { valid } = await dev.post('/v1/tokens/verify', { token: issued.at(-1).grantToken });
  if (valid) throw new Error('a revoked token is good');
  return took;
}

/** Alternates between the two, so that whatever else the machine does hits both. */
async function compare() {
  const workers = { plain: await plain('plain-grants.js'), ours: await ours() };
  const rounds = { plain: [], ours: [], delegate: [] };
  try {
    const developers = {};
    for (const [name, worker] of Object.entries(workers)) {
      developers[name] = await developer(worker);
      await flow(worker, developers[name]); // warms up
    }
    const parent = await developers.ours.grant();
    const child = { parentGrantToken: parent.grantToken, subAgentId: developers.ours.agent, scopes: SCOPES.slice(0, 1) };
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of ['plain', 'ours']) rounds[name].push(await flow(workers[name], developers[name]));
      rounds.delegate.push(await drive(workers.ours, developers.ours, [['POST', '/v1/grants/delegate', child]], { most: OPERATIONS }));
    }
  } finally {
    for (const worker of Object.values(workers)) await worker.stop();
  }
  console.log(`\nGrants: ${ROUNDS} rounds of ${OPERATIONS} in turn, 8 connections, one developer; medians\n`);
  const row = (step, name, figures, ratio) => {
    const { rate, p50, p99 } = medians(figures);
    const latency = (time) => (Number.isNaN(time) ? '' : Math.round(time));
    return [step, name, Math.round(rate), latency(p50), latency(p99), ratio];
  };
  const rows = [...STEPS, WHOLE].flatMap((step) => {
    const of = (name) => rounds[name].map((round) => round[step]);
    const ratio = median(of('ours').map(({ rate }, round) => rate / of('plain')[round].rate));
    return [row(step, 'plain', of('plain'), ''), row(step, 'ours', of('ours'), ratio.toFixed(2))];
  });
  rows.push(row('delegate', 'ours', rounds.delegate, ''));
  table(['step', 'Worker', 'per second', 'p50 us', 'p99 us', 'ratio'], rows);
}

/** A verifier in Node.js that has the keys and the status list: its cost, beside asking. */
async function offline() {
  const worker = await ours();
  const rows = [];
  try {
    const dev = await developer(worker);
    const tokens = [];
    for (let count = 0; count < 200; count++) tokens.push((await dev.grant()).grantToken);
    const verifier = await createGrantVerifier({ issuer: dev.base, onUnknown: 'refuse', requiredScopes: SCOPES });
    const verify = async (token) => {
      const answer = await verifier.verify(token);
      if (!answer.ok || answer.revocation !== 'valid') throw new Error(JSON.stringify(answer));
    };
    const ask = ['POST', '/v1/tokens/verify'];
    const rounds = { offline: [], online: [] };
    for (let round = 0; round <= ROUNDS; round++) {
      const started = performance.now();
      for (const token of tokens) await verify(token);
      const offline = (1000 * (performance.now() - started)) / tokens.length;
      const online = await drive(worker, dev, tokens.map((token) => [...ask, { token }]), { connections: 1 });
      if (round === 0) continue; // warms up
      rounds.offline.push(offline);
      rounds.online.push(online.p50);
    }
    const [alone, asked] = [median(rounds.offline), median(rounds.online)];
    rows.push(['offline, signature and status list', Math.round(alone), '']);
    rows.push(['online, one connection on this machine', Math.round(asked), (asked / alone).toFixed(1)]);
  } finally {
    await worker.stop();
  }
  console.log(`\nVerifying a grant token: us, medians of ${ROUNDS} rounds of 200 tokens\n`);
  table(['how', 'each', 'x'], rows);
}

/** One revocation that ends so many grants. */
async function cascade() {
  const worker = await ours();
  const rows = [];
  const sizes = [1, 100, 10_000];
  try {
    const dev = await developer(worker);
    const trees = [];
    for (let round = 0; round < 3; round++) {
      for (const size of sizes) {
        const root = await dev.grant();
        trees.push({ size, root, child: size > 1 ? await dev.delegate(root) : null });
      }
    }
    await worker.end();
    withDeveloper(worker, dev, (database) => {
      addGrants(database, trees.filter(({ child }) => child).map(({ size, child }) => ({ child: child.grantId, count: size - 2 })));
    });
    await worker.start();
    await dev.revoke((await dev.grant()).grantId);
    const revoked = async () => (await statusLists(dev, 1 + trees.reduce((sum, { size }) => sum + size, 0))).reduce((sum, list) => sum + list.revoked, 0);
    const times = Object.fromEntries(sizes.map((size) => [size, []]));
    for (const { size, root } of trees) {
      const before = await revoked();
      const started = performance.now();
      await dev.revoke(root.grantId);
      times[size].push(performance.now() - started);
      const ended = (await revoked()) - before;
      if (ended !== size) throw new Error(`${ended} tokens were revoked, not ${size}`);
    }
    for (const size of sizes) {
      const took = median(times[size]);
      rows.push([size.toLocaleString('en'), took.toFixed(1), Math.round((1000 * took) / size)]);
    }
  } finally {
    await worker.stop();
  }
  console.log('\nOne revocation, one transaction, median of 3\n');
  table(['grants that it ends', 'ms', 'us each'], rows);
}

/** Appending to a trail by its length. */
async function trail() {
  const worker = await ours();
  const rows = [];
  try {
    const dev = await developer(worker);
    const { grantId } = await dev.grant();
    const append = (most) => drive(worker, dev, [['POST', '/v1/audit/log', entryOf(dev, grantId)]], { connections: 1, most });
    await append(1);
    let length = 1;
    for (const step of [1, 10_000, 1_000_000]) {
      if (step > length) {
        await worker.end();
        withDeveloper(worker, dev, (database) => lengthenTrail(database, step - length));
        await worker.start();
      }
      const rounds = [];
      await append(OPERATIONS);
      for (let round = 0; round < ROUNDS; round++) rounds.push((await append(OPERATIONS)).p50);
      length = step + (ROUNDS + 1) * OPERATIONS;
      rows.push([step.toLocaleString('en'), Math.min(...rounds)]);
    }
  } finally {
    await worker.stop();
  }
  for (const row of rows) row.push((row[1] / rows[0][1]).toFixed(2));
  console.log(`\nAppending to a trail: us, the best median of ${ROUNDS} rounds of ${OPERATIONS}, one connection\n`);
  table(['entries before', 'append', 'x'], rows);
}

const PARTS = { flow: compare, offline, cascade, trail };
const wanted = process.argv.slice(2);
for (const [name, part] of Object.entries(PARTS)) if (!wanted.length || wanted.includes(name)) await part();
