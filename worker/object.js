// The places: one Durable Object class for each kind, all of one making.
import { DurableObject } from 'cloudflare:workers';
import { REPLY, WORK } from './codec.js';
import { step, tidy } from './memory.js';
import { newInput, untilDone } from './run.js';

const NOTHING = new Uint8Array(0);
/** Milliseconds after which an alarm that failed is rung again at the latest. */
const LONGEST_PAUSE = 60 * 60_000;

/** Undoes a transaction, and carries out what is to be known of it. */
class RolledBack {
  constructor(output) {
    this.output = output;
  }
}

/** A place: its database, and the rules run on it in one transaction at a time. */
class Place extends DurableObject {
  /** No run in this place has been committed since its start. */
  #fresh = true;
  /** When this place is to be woken; undefined until the storage has been asked. */
  #wakeAt;
  /** How often the alarm has failed in a row. */
  #failures = 0;

  /**
   * Does `work` on `message` and returns the reply's bytes, or null where it failed: to say so
   * by an exception would tell the caller's log what ours is to know.
   */
  async work(work, place, message) {
    try {
      const parts = work === WORK.keyring ? [] : [place, new Uint8Array(message)];
      const output = await this.#run(work, parts, place);
      return output.bytes;
    } catch (error) {
      console.error(error);
      return null;
    }
  }

  /** The time that a rule asked to be woken at has come. */
  async alarm() {
    const { storage } = this.ctx;
    this.#wakeAt = null;
    const place = storage.kv.get('place');
    try {
      await this.#run(WORK.alarm, [new Uint8Array(place)], place);
      this.#failures = 0;
    } catch (error) {
      // The platform gives an alarm up that goes on failing. We do not: what it was set for
      // is still there.
      console.error(error);
      const at = Date.now() + Math.min(1000 * 2 ** this.#failures++, LONGEST_PAUSE);
      if (this.#wakeAt === null || this.#wakeAt > at) {
        this.#wakeAt = at;
        storage.setAlarm(at);
      }
    }
  }

  async #run(work, parts, place) {
    const input = newInput(this.#fresh);
    const output = await untilDone(input, () => {
      input.fresh = this.#fresh;
      return this.#attempt(input, work, parts, place);
    });
    tidy();
    return output;
  }

  /** One run in one transaction, which is kept only if the rules say so. */
  #attempt(input, work, parts, place) {
    const { storage } = this.ctx;
    try {
      return storage.transactionSync(() => {
        const output = step(input, work, parts, storage.sql);
        // What was read is good until the next run only, and this one is over.
        output.bytes = output.bytes?.slice() ?? NOTHING;
        if (!output.commit) throw new RolledBack(output);
        this.#fresh = false;
        this.#wake(output.wakeAt, place);
        return output;
      });
    } catch (thrown) {
      if (thrown instanceof RolledBack) return thrown.output;
      throw thrown;
    }
  }

  /** In the transaction: the alarm is as durable as what it was set for. */
  #wake(at, place) {
    if (at === undefined) return;
    const { storage } = this.ctx;
    if (this.#wakeAt === undefined || this.#wakeAt === null) {
      storage.kv.put('place', place);
    } else if (this.#wakeAt <= at) {
      return;
    }
    this.#wakeAt = at;
    storage.setAlarm(at);
  }
}

export class Account extends Place {}
export class Directory extends Place {}
export class Keyring extends Place {}
export class Mailbox extends Place {}
