// What an operation costs in an account with nothing behind it, and with a million.
//
// The million rows are copies of a genuine one, written into the object's own SQLite file
// while the Worker is stopped: what grows is the tables and their indexes, as in real use.
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { cast, issue, redeem } from './codes.mjs';
import { table } from './figures.mjs';
import { ours } from './serve.mjs';

const OPERATIONS = 400;
const ROUNDS = 5;
const STEPS = [0, 10_000, 1_000_000];

/** Runs `write` on the database of the one account for which `is` holds; the Worker is stopped. */
export function withAccount(worker, is, write) {
  const directory = path.join(worker.data, 'objects', 'countersign-Account');
  for (const file of fs.readdirSync(directory)) {
    if (!file.endsWith('.sqlite') || file.startsWith('metadata')) continue;
    const database = new DatabaseSync(path.join(directory, file));
    try {
      if (!is(database)) continue;
      database.exec('PRAGMA synchronous = OFF; BEGIN');
      write(database);
      database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
      return;
    } finally {
      database.close();
    }
  }
  throw new Error('no such account');
}

/** The names of a table's columns but these. */
export function columns(database, name, except) {
  return database.prepare(`SELECT name FROM pragma_table_info(?)`).all(name)
    .map((column) => column.name)
    .filter((column) => !except.includes(column))
    .join(', ');
}

const NUMBERS = 'WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)';

function fill(worker, count) {
  const has = (database) =>
    database.prepare("SELECT count(*) AS n FROM one_time_secrets WHERE kind = 'code'").get().n > 0;
  withAccount(worker, has, (database) => {
    const secrets = columns(database, 'one_time_secrets', ['hash']);
    database
      .prepare(`${NUMBERS} INSERT INTO one_time_secrets (hash, ${secrets}) SELECT randomblob(32), ${secrets}
        FROM numbers, (SELECT * FROM one_time_secrets WHERE kind = 'code' ORDER BY expires_at DESC LIMIT 1)`)
      .run({ count });
    const log = columns(database, 'audit', ['sequence']);
    database
      .prepare(`${NUMBERS} INSERT INTO audit (${log}) SELECT ${log}
        FROM numbers, (SELECT * FROM audit ORDER BY sequence DESC LIMIT 1)`)
      .run({ count });
  });
}

async function measure(actors) {
  const rounds = { issue: [], redeem: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const issued = await issue(actors, { milliseconds: 60_000, connections: 1, most: OPERATIONS });
    const redeemed = await redeem(actors, issued.codes, { connections: 1 });
    if (issued.other || redeemed.other) throw new Error('an operation was refused');
    rounds.issue.push(issued.p50);
    rounds.redeem.push(redeemed.p50);
  }
  return { issue: Math.min(...rounds.issue), redeem: Math.min(...rounds.redeem) };
}

export async function growth() {
  const worker = await ours();
  const rows = [];
  try {
    const actors = await cast(worker, 1);
    const warm = await issue(actors, { milliseconds: 500 });
    await redeem(actors, warm.codes);
    let filled = 0;
    for (const step of STEPS) {
      if (step > filled) {
        await worker.end();
        fill(worker, step - filled);
        filled = step;
        await worker.start();
        const again = await issue(actors, { milliseconds: 500 });
        await redeem(actors, again.codes);
      }
      const { issue: issued, redeem: redeemed } = await measure(actors);
      rows.push([step.toLocaleString('en'), issued, redeemed]);
    }
  } finally {
    await worker.stop();
  }
  const first = rows[0];
  for (const row of rows) row.push((row[1] / first[1]).toFixed(2), (row[2] / first[2]).toFixed(2));
  console.log(`\nCodes by what is behind the account: us, the best median of ${ROUNDS} rounds of ${OPERATIONS}, one connection\n`);
  table(['codes and log entries', 'issue', 'redeem', 'issue x', 'redeem x'], rows);
}
