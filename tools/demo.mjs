// `make demo`: has the running Worker, through its public HTTP surface alone, take in a demo
// person, a demo platform and two Grantex developers. Each run makes new ones.
//
//   node tools/demo.mjs            BASE, or the PORT of this machine, as make run has it
import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { BASE } from './base.mjs';

/** What the demo person gives the demo platform. */
const PERMISSIONS = ['orders:read', 'orders:create'];

class Failure extends Error {}

/**
 * Takes in a person, a platform with a key, and a live and a sandbox developer.
 *
 * @param {string} base the Worker's origin, without a slash at the end
 * @returns what `make demo` prints
 */
export async function provision(base) {
  const suffix = randomBytes(4).toString('hex');
  const person = {
    username: `demo-${suffix}`,
    password: randomBytes(12).toString('base64url'),
    email: `demo-${suffix}@example.com`,
  };
  const target = `shop-${suffix}`;

  // The account API (docs/account-api.md).
  const signedUp = await post(base, '/sign-up', { ...person, name: 'Demo Person' });
  const owner = await post(base, '/sign-up', {
    username: `shop-${suffix}`,
    password: randomBytes(12).toString('base64url'),
    email: `shop-${suffix}@example.com`,
    name: 'Demo Shop',
  });
  const key = await post(base, '/dashboard/keys', { target, label: 'demo', with_secret: true }, owner.session_token);
  await post(base, '/dashboard/permissions', { target, permissions: PERMISSIONS }, signedUp.session_token);

  const developer = (mode) => post(base, '/grantex/v1/signup', { name: `Demo ${mode} ${suffix}`, mode });
  const [live, sandbox] = await Promise.all([developer('live'), developer('sandbox')]);

  return {
    base,
    anexus_base_url: `${base}/anexus`,
    auth_url: `${base}/auth`,
    grantex_base_url: `${base}/grantex`,
    jwks_url: `${base}/.well-known/jwks.json`,
    grantex_jwks_url: `${base}/grantex/.well-known/jwks.json`,
    username: person.username,
    password: person.password,
    email: person.email,
    user_id: signedUp.user_id,
    session_token: signedUp.session_token,
    platform_username: owner.username,
    platform_session_token: owner.session_token,
    platform_api_key: key.api_key,
    platform_api_secret: key.api_secret,
    target,
    permissions: PERMISSIONS,
    grantex_live_developer: live.developerId,
    grantex_live_key: live.apiKey,
    grantex_sandbox_developer: sandbox.developerId,
    grantex_sandbox_key: sandbox.apiKey,
  };
}

async function post(base, path, body, session) {
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  if (session) headers.authorization = `Bearer ${session}`;
  let response;
  try {
    response = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body), redirect: 'manual' });
  } catch {
    throw new Failure(`nothing answers at ${base}: start the Worker with make run, or name another with BASE=…`);
  }
  const text = await response.text();
  if (!response.ok) throw new Failure(`POST ${path} was answered ${response.status}: ${text.slice(0, 200)}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure(`what answers at ${base} is not Countersign: POST ${path} gave no JSON`);
  }
}

/** What to paste. `code` stands for what the third command prints. */
function guide(demo) {
  return `
# As the person, with the published SDK (pip install anexus-sdk httpx starlette):
export ANEXUS_BASE_URL=${demo.anexus_base_url} ANEXUS_AUTH_URL=${demo.auth_url}
python -m anexus_sdk login        # in the browser: ${demo.username} / ${demo.password}
python -m anexus_sdk code ${demo.target}

# The same without Python:
code=$(curl -s ${demo.anexus_base_url}/api/v1/codes/generate \\
  -H 'x-session-token: ${demo.session_token}' \\
  -H 'content-type: application/json' -d '{"target":"${demo.target}"}' | sed 's/.*"code":"\\([^"]*\\)".*/\\1/'); echo "$code"

# As the platform, which spends it once (again, and it is refused):
curl -s ${demo.anexus_base_url}/api/v1/codes/verify \\
  -H 'content-type: application/json' -d "{\\"code\\":\\"$code\\",\\"api_key\\":\\"${demo.platform_api_key}\\"}"

# As a Grantex developer (pip install grantex; the sandbox approves at once):
curl -s ${demo.grantex_base_url}/v1/agents -H 'authorization: Bearer ${demo.grantex_sandbox_key}' \\
  -H 'content-type: application/json' -d '{"name":"Planner","scopes":["calendar:read"]}'

# In the browser: ${demo.base}/dashboard`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const demo = await provision(BASE);
    console.log(JSON.stringify(demo, null, 2));
    console.log(guide(demo));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(`demo: ${error.message}`);
    process.exit(1);
  }
}
