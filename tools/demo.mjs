export async function provision(base) {
  const post = async (path, body) => {
    const r = await fetch(base + path, { method: 'POST', headers: {'content-type':'application/json'}, body: JSON.stringify(body) });
    if (!r.ok) throw new Error(`${path}: ${r.status} ${await r.text()}`);
    return r.json();
  };
  const live = await post('/grantex/v1/signup', { name: 'Demo' });
  const sandbox = await post('/grantex/v1/signup', { name: 'Demo', mode: 'sandbox' });
  return { base, grantex_base_url: `${base}/grantex`, grantex_live_key: live.apiKey, grantex_sandbox_key: sandbox.apiKey };
}
