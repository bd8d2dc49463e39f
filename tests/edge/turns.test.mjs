// Requests that wait for other places take turns in one instance of the rules.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startCounted } from '../support/counted.mjs';

test('requests at the same time are each given their own answer', async () => {
  const send = await startCounted();
  const names = Array.from({ length: 20 }, (_, number) => 'x'.repeat(1 + number * 5));
  const answers = await Promise.all(
    names.map((name) => send('/anexus/api/v1/agents/register', { method: 'POST', body: JSON.stringify({ name }) })),
  );
  assert.deepEqual(answers.map(({ text }) => JSON.parse(text).name), names);
});
