// Issuing and redeeming one-time codes, as a load: the same calls to either Worker.
import { randomBytes } from 'node:crypto';
import { provision } from '../../tools/demo.mjs';
import { load, request } from './load.mjs';

const CONNECTIONS = 8;
const name = () => randomBytes(8).toString('hex');

/** People with sessions, and a platform's key, for either Worker. */
export async function cast(worker, people = CONNECTIONS) {
  if (!worker.data) {
    const platform = name();
    const sessions = [];
    let key;
    for (let count = 0; count < people; count++) {
      const body = JSON.stringify({ person: name(), platform });
      const made = await (await fetch(`${worker.origin}/setup`, { method: 'POST', body })).json();
      sessions.push(made.session_token);
      key ??= made.platform_api_key;
    }
    return { worker, sessions, key, target: 'shopify' };
  }
  const { platform_api_key: key, target } = await provision(worker.origin);
  const sessions = [];
  for (let count = 0; count < people; count++) {
    const username = `p-${name()}`;
    const response = await fetch(`${worker.origin}/sign-up`, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ username, email: `${username}@example.com`, password: name() }),
    });
    if (!response.ok) throw new Error(await response.text());
    sessions.push((await response.json()).session_token);
  }
  return { worker, sessions, key, target };
}

const JSON_BODY = { 'content-type': 'application/json' };
const GENERATE = '/anexus/api/v1/codes/generate';
const VERIFY = '/anexus/api/v1/codes/verify';

function aimed({ worker }, connections, milliseconds) {
  return { host: '127.0.0.1', port: worker.port, connections, milliseconds };
}

/** Asks for codes for a while; returns them with the load's figures. */
export async function issue(actors, { milliseconds, connections = CONNECTIONS, most = Infinity }) {
  const codes = [];
  let asked = 0;
  const body = JSON.stringify({ target: actors.target });
  const requests = actors.sessions.map((session) =>
    request('POST', 'localhost', GENERATE, { ...JSON_BODY, 'x-session-token': session }, body),
  );
  const figures = await load({
    ...aimed(actors, connections, milliseconds),
    next: () => (asked < most ? requests[asked++ % requests.length] : null),
    seen(status, answer) {
      const { success, code } = JSON.parse(answer);
      if (success) codes.push(code);
      return success;
    },
  });
  return { ...figures, codes };
}

/** Spends these codes, each once. */
export async function redeem(actors, codes, { milliseconds = 60_000, connections = CONNECTIONS } = {}) {
  const requests = codes.map((code) =>
    request('POST', 'localhost', VERIFY, JSON_BODY, JSON.stringify({ code, api_key: actors.key })),
  );
  let sent = 0;
  return load({
    ...aimed(actors, connections, milliseconds),
    next: () => requests[sent++] ?? null,
    seen: (status, answer) => JSON.parse(answer).verified,
  });
}
