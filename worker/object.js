// The places: one Durable Object class for each kind, all of one making.
import { DurableObject } from 'cloudflare:workers';
import { WORK, pack, placeOf } from './codec.js';
import { step, tidy } from './memory.js';
import { newInput, untilDone } from './run.js';

/** Milliseconds after which an alarm that failed is rung again at the latest. */
const LONGEST_PAUSE = 60 * 60_000;

/** Thrown to undo a transaction; carries the run's output out of it. */
class RolledBack {
  constructor(output) {
    this.output = output;
  }
}

/** A place: its database, and the rules run on it in one transaction at a time. */
class Place extends DurableObject {
  #storage = this.ctx.storage;
  #sql = this.#storage.sql;
  /** No run in this place has been committed since its start. */
  #fresh = true;
  /** When this place is to be woken; null for never. */
  #wakeAt = null;
  /** How often the alarm has failed in a row. */
  #failures = 0;

  constructor(ctx, env) {
    super(ctx, env);
    // Places are stopped and started at any time, and what one has been set for goes on.
    ctx.blockConcurrencyWhile(async () => {
      this.#wakeAt = await ctx.storage.getAlarm();
    });
  }

  /**
   * Does this `wire::Work` and returns the reply's bytes, packed, or null where it failed: an
   * exception would be logged by the caller's object, too.
   */
  async work(work) {
    try {
      return await this.#run([work], () => placeOf(work));
    } catch (error) {
      console.error(error);
      return null;
    }
  }

  /** The time that a rule asked to be woken at has come. */
  async alarm() {
    this.#wakeAt = null;
    const place = new Uint8Array(this.#storage.kv.get('place'));
    try {
      await this.#run([WORK.alarm, place], () => place);
      this.#failures = 0;
    } catch (error) {
      // The platform gives up on an alarm that goes on failing. What it was set for is still to
      // be done, so it is set again.
      console.error(error);
      const at = Date.now() + Math.min(1000 * 2 ** this.#failures++, LONGEST_PAUSE);
      if (this.#wakeAt === null || this.#wakeAt > at) {
        this.#wakeAt = at;
        this.#storage.setAlarm(at);
      }
    }
  }

  async #run(parts, place) {
    const input = newInput();
    const { packed } = await untilDone(input, () => {
      input.fresh = this.#fresh;
      return this.#attempt(input, parts, place);
    });
    tidy();
    return packed;
  }

  /** One run in one transaction, which is kept only if the rules say so. */
  #attempt(input, parts, place) {
    try {
      return this.#storage.transactionSync(() => {
        const output = step(input, parts, this.#sql);
        // What was read is good until the next run only, and this one is over.
        output.packed = output.bytes && pack(output.bytes);
        if (output.commit) {
          this.#fresh = false;
          this.#wake(output.wakeAt, place);
        } else if (output.wrote) {
          throw new RolledBack(output);
        }
        // Nothing was written, so nothing has to be undone, and to throw costs ten times what the
        // transaction does.
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
    if (this.#wakeAt === null) {
      this.#storage.kv.put('place', place());
    } else if (this.#wakeAt <= at) {
      return;
    }
    this.#wakeAt = at;
    this.#storage.setAlarm(at);
  }
}

export class Account extends Place {}
export class Directory extends Place {}
export class Keyring extends Place {}
export class Mailbox extends Place {}
