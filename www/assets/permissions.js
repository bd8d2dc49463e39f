// Shows a principal what can act for them. Everything that comes from outside is set as
// text; nothing is ever read as markup.

const root = document.getElementById("permissions");
const session = new URLSearchParams(location.hash.slice(1)).get("session");

/** An element with text, or with children. */
function element(name, content, className) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...[content].flat());
  return made;
}

/** Asks the door; the body of its answer, or an error with its status. */
async function ask(path, method = "GET") {
  const response = await fetch(`/grantex/v1/principal/${path}`, {
    method,
    headers: { authorization: `Bearer ${session}` },
    cache: "no-store",
  });
  if (!response.ok) throw Object.assign(new Error(response.statusText), { status: response.status });
  return response.status === 204 ? null : response.json();
}

const moment = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });

function time(text) {
  const made = element("time", moment.format(new Date(text)));
  made.dateTime = text;
  return made;
}

function say(text, isBad = false) {
  const word = element("div", element("strong", text), isBad ? "word bad" : "word");
  if (isBad) word.setAttribute("role", "alert");
  root.replaceChildren(word);
  root.setAttribute("aria-busy", "false");
}

function fact(name, value) {
  return element("div", [element("dt", name), element("dd", value)]);
}

/** One agent's card. */
function card(grant, entries) {
  const last = entries.find((entry) => entry.grantId === grant.grantId);
  const heading = element("h2", grant.agentName);
  const facts = element("dl", [
    fact("It can", element("ul", grant.scopeDescriptions.map((sentence) => element("li", sentence)), "plain")),
    fact("Last seen", last ? [`${last.action} (${last.status}), `, time(last.timestamp)] : "It has reported nothing yet"),
    fact("Since", time(grant.issuedAt)),
    fact("Until", [time(grant.expiresAt), ", or until you cut it off"]),
  ], "facts");
  if (grant.agentDescription) facts.prepend(fact("What it is", grant.agentDescription));
  if (grant.delegationDepth > 0) facts.append(fact("Passed on", `by another agent, ${grant.delegationDepth} deep`));
  const button = element("button", "Cut off", "button no");
  button.setAttribute("aria-label", `Cut off ${grant.agentName}`);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await ask(`grants/${encodeURIComponent(grant.grantId)}`, "DELETE");
      await show(`${grant.agentName} can no longer act for you.`);
    } catch (error) {
      // Ended by somebody else in the meantime: what is wanted is so.
      if (error.status === 404) await show(`${grant.agentName} can no longer act for you.`);
      else fail(error);
    }
  });
  return element("section", [heading, facts, element("div", button, "actions")], "stack");
}

/** The way to what agents did, where the browser verifies it. */
function trail() {
  const link = element("a", "Verify it all");
  link.href = `/audit#${new URLSearchParams({ session })}`;
  return element("p", ["What agents did for you is kept in a trail that cannot be changed unseen. ", link], "after");
}

function fail(error) {
  say(error.status === 401
    ? "This session is over. Open the page again from the service that sent you here."
    : "That did not work. Load the page again.", true);
}

async function show(done) {
  try {
    const [{ grants }, { entries }] = await Promise.all([ask("grants"), ask("audit")]);
    if (grants.length === 0) say(done ?? "No agent can act for you.");
    else root.replaceChildren(...(done ? [element("div", element("strong", done), "word")] : []), ...grants.map((grant) => card(grant, entries)));
    if (entries.length > 0) root.append(trail());
    root.setAttribute("aria-busy", "false");
  } catch (error) {
    fail(error);
  }
}

if (session) {
  root.append(element("p", "One moment…", "soft"));
  await show();
} else say("This page is opened by the service that your agents work with. It gives you the address.", true);
