// What the edge tests say to the door that breaks on purpose (src/edge/rehearsal.rs).
import { randomInt } from 'node:crypto';
import { after } from 'node:test';
import { startWorker } from '../support/workerd.mjs';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A made-up account's name. */
export const newAccount = () => Array.from({ length: 16 }, () => ALPHABET[randomInt(32)]).join('');

/** A Worker for the tests of one file, and the door's routes on it. */
export async function onStage() {
  const worker = await startWorker({ variant: 'edge-test' });
  after(() => worker.stop());
  return { worker, play: rehearsal(worker) };
}

/** Its routes, on one Worker. */
export function rehearsal(worker) {
  const send = (method, path, body) =>
    fetch(`${worker.origin}/rehearsal/${path}`, {
      method,
      body,
      signal: AbortSignal.timeout(10_000),
    });
  return {
    post: (path, body) => send('POST', path, body),
    status: async (path, body) => {
      const response = await send('POST', path, body);
      await response.arrayBuffer();
      return response.status;
    },
    values: async (account) => {
      const response = await send('GET', `${account}/values`);
      return (await response.text()).split('\n').filter(Boolean);
    },
  };
}
