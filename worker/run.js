// A request is run until it needs nothing more: run, roll back, fetch what was asked for, run
// again with the same time and randomness.
import { env } from 'cloudflare:workers';
import { ERRAND, KEYRING, REPLY, WORK, encodeList, unpack } from './codec.js';
import * as keys from './keys.js';
import * as memory from './memory.js';
import { send } from './outbound.js';
import { settings } from './settings.js';

/** More errands than any rule has: one that asks for more goes round in circles. */
const MOST_ERRANDS = 16;

let configured = false;
let supply = new Uint8Array(0);
let drawn = 0;

/** Time and randomness of one request, and its name. */
export function newInput() {
  if (!configured) {
    memory.configure(settings());
    configured = true;
  }
  return { now: Date.now(), seed: random(32), id: random(16), fresh: false, provided: [] };
}

/** Random bytes, of which none are given out twice; drawn many at a time. */
function random(length) {
  if (drawn + length > supply.length) {
    supply = crypto.getRandomValues(new Uint8Array(48 * 64));
    drawn = 0;
  }
  return supply.subarray(drawn, (drawn += length));
}

/** Runs `attempt` (one run, in its transaction if it has one) until it needs nothing more. */
export async function untilDone(input, attempt) {
  for (let errands = 0; errands <= MOST_ERRANDS; errands++) {
    const output = attempt();
    if (output.reply === REPLY.failed) throw new Error(output.reason);
    if (output.reply !== REPLY.needs) return output;
    const answer = await run(output.errand);
    if (answer) input.provided.push([output.need, answer]);
  }
  throw new Error('a rule goes round in circles');
}

async function run(errand) {
  switch (errand.kind) {
    case ERRAND.keyring:
      return fetchKeyring();
    case ERRAND.sign:
      if (!keys.has(errand.keyId)) await fetchKeyring();
      return keys.sign(errand.keyId, errand.message);
    case ERRAND.generateKey:
      return keys.generate(errand.algorithm);
    case ERRAND.ask:
      return encodeList(
        await Promise.all(
          errand.questions.map(({ place, work }) => askPlace(place, work)),
        ),
      );
    case ERRAND.fetch:
      return send(errand);
    default:
      throw new Error('an errand of no known kind');
  }
}

async function fetchKeyring() {
  // As old as the question, not the answer: time passes on the way.
  const fetchedAt = Date.now();
  await keys.install(await askPlace(KEYRING, WORK.keyring), fetchedAt);
}

/** Has a place do this `wire::Work` and returns its reply's bytes. */
export async function askPlace(place, work) {
  const packed = await env[place.binding].getByName(place.name).work(work);
  if (packed === null) throw new Error(`${place.binding} failed`);
  return unpack(packed);
}
