// Recomputes an audit trail's hashes in the browser, entry by entry. Everything that comes from
// outside is set as text; nothing is ever read as markup.

import { verifyAuditChain } from "../../pkg/src/audit.ts";

const root = document.getElementById("trail");
/** Entries that get a row of their own; the others are verified and counted. */
const MOST_ROWS = 1000;
/** Entries that are asked for at once. */
const PAGE = 200;

const FAULTS = {
  link: ["does not follow", "It names another entry than the one before it: something was left out, put in or swapped."],
  content: ["changed", "Its hash is not that of what it says: the entry was changed."],
  malformed: ["no entry", "It lacks a member of an entry, or has it in another shape."],
  json: ["not readable", "The text is not JSON with one meaning only."],
  no_entries: ["no entries", "The document is neither a list of entries nor a page of them."],
};

/** An element with text, or with children. */
function element(name, content, className) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...[content].flat());
  return made;
}

/** What is said of the whole, above its rows. */
class Report {
  #word = element("div", "", "word");
  #rows = element("ol", [], "rows");
  #walk;

  constructor(walk) {
    this.#walk = walk;
    root.replaceChildren(this.#word, this.#rows);
    root.setAttribute("aria-busy", "true");
    this.say("Verifying…");
  }

  say(title, text = "", kind = "") {
    this.#word.className = `word ${kind}`;
    this.#word.setAttribute("role", kind === "bad" ? "alert" : "status");
    this.#word.replaceChildren(element("strong", title), ...(text ? [element("p", text)] : []));
  }

  /** Verifies the next entry and shows what came of it. */
  add(entry) {
    const wasBroken = this.#walk.broken !== undefined;
    const verdict = this.#walk.judge(entry);
    const isFirstBreak = !wasBroken && this.#walk.broken !== undefined;
    if (this.#rows.childElementCount < MOST_ROWS || isFirstBreak) this.#rows.append(row(entry, verdict, this.#walk.seen));
  }

  end(text) {
    root.setAttribute("aria-busy", "false");
    const { broken, checked, seen, head } = this.#walk;
    if (broken) {
      const [, why] = FAULTS[broken.reason];
      this.say(`Broken at entry ${broken.place}${broken.entryId ? `, ${broken.entryId}` : ""}.`, `${why} ${checked} before it ${checked === 1 ? "is" : "are"} whole; what comes after it proves nothing.`, "bad");
    } else if (seen === 0) {
      this.say("There is no entry.");
    } else {
      this.say(`${seen} ${seen === 1 ? "entry" : "entries"}, each as it was written.`, text ?? `Recomputed in this browser. Compare the last hash with one that you noted: entries left off the end are missed by nothing else. ${head}`);
    }
    if (seen > MOST_ROWS) this.#rows.after(element("p", `The first ${MOST_ROWS} are shown; all ${seen} were verified.`, "soft"));
  }
}

/** Entries one after another: each follows the one before. */
class Walk {
  seen = 0;
  checked = 0;
  broken;
  #start;
  #isAlone;

  /** `isAlone`: entries out of a longer trail, of which none follows another. */
  constructor(start, isAlone = false) {
    this.#start = start;
    this.#isAlone = isAlone;
  }

  get head() {
    return this.#start.after ?? "";
  }

  judge(entry) {
    this.seen += 1;
    if (this.broken) return { tag: "after the break", kind: "" };
    const verdict = verifyAuditChain([entry], { start: this.#start });
    if (verdict.valid) {
      this.checked += 1;
      if (!this.#isAlone) this.#start = { after: verdict.head };
      return { tag: "recomputed", kind: "good" };
    }
    this.broken = { ...verdict, place: this.seen };
    return { tag: FAULTS[verdict.reason][0], kind: "bad", why: FAULTS[verdict.reason][1] };
  }
}

/** A text as it stands in an entry, or nothing where it is none. */
const text = (value) => (typeof value === "string" ? value : "");

function row(entry, { tag, kind, why }, place) {
  const { action, status, agentDid, principalId, timestamp, hash } = entry ?? {};
  const name = element("span", [`${place}. ${text(action)} `, element("span", text(status), "tag")], "name");
  const meta = element("span", [text(agentDid), `for ${text(principalId)}`, text(timestamp)].map((part) => element("span", part)), "meta");
  const what = element("div", [name, meta, element("code", text(hash), "small soft")], "what");
  const more = element("details", [element("summary", "What it says"), element("pre", JSON.stringify(entry, null, 2), "wrap")], "all");
  const verdict = element("div", element("span", tag, `tag ${kind}`));
  return element("li", [what, verdict, ...(why ? [element("p", why, "wrong all")] : []), more]);
}

function fail(title) {
  const word = element("div", element("strong", title), "word bad");
  word.setAttribute("role", "alert");
  root.replaceChildren(word);
  root.setAttribute("aria-busy", "false");
}

async function ask(path, bearer) {
  const response = await fetch(`/grantex/v1/${path}`, { headers: { authorization: `Bearer ${bearer}` }, cache: "no-store" });
  if (!response.ok) throw Object.assign(new Error(response.statusText), { status: response.status });
  return response.json();
}

const failed = ({ status }) => fail(status === 401 ? "That key or session opens no trail." : status === 429 ? "Too many requests. Wait a minute, then try again." : "The trail could not be had. Try again.");

/** A button that saves what was verified, for others to verify. */
function saving(entries) {
  const button = element("button", "Save as a file", "button");
  button.addEventListener("click", () => {
    const link = element("a", "");
    link.href = URL.createObjectURL(new Blob([JSON.stringify({ entries })], { type: "application/json" }));
    link.download = "audit-trail.json";
    link.click();
    URL.revokeObjectURL(link.href);
  });
  return element("div", button, "actions");
}

/** The whole trail of a developer, from its first entry on. */
async function developers(key) {
  const report = new Report(new Walk("genesis"));
  const all = [];
  for (let page = 1; ; page++) {
    const { entries, total } = await ask(`audit/entries?page=${page}&pageSize=${PAGE}`, key);
    for (const entry of entries) report.add(entry);
    all.push(...entries);
    if (entries.length === 0 || all.length >= total) break;
    report.say(`Verifying… ${all.length} of ${total}`);
  }
  report.end();
  if (all.length > 0) root.append(saving(all));
}

/** What agents did for a principal: entries out of the trails of others. */
async function principals(session) {
  const { entries } = await ask("principal/audit", session);
  const report = new Report(new Walk("anywhere", true));
  for (const entry of entries) report.add(entry);
  report.end("Recomputed in this browser. These are your entries out of a developer's longer trail, so what lies between them is not seen here.");
}

/** A file, first as the text that it is: parsed, a member that is there twice is seen no more. */
async function given(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const whole = verifyAuditChain(bytes, { start: "anywhere" });
  if (whole.reason === "json" || whole.reason === "no_entries") return fail(`${file.name}: ${FAULTS[whole.reason][1]}`);
  const document = JSON.parse(new TextDecoder().decode(bytes));
  const entries = Array.isArray(document) ? document : document.entries;
  const before = text(entries[0]?.prevHash);
  const report = new Report(new Walk(before ? "anywhere" : "genesis"));
  for (const entry of entries) report.add(entry);
  report.end(before && `Recomputed in this browser. The file begins in the middle of a trail, after the entry with the hash ${before}: what came before is not in it.`);
}

const form = document.getElementById("ask");
const drop = document.getElementById("drop");
// The whole trail is verified, page by page.
document.getElementById("page-field").remove();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  developers(form.elements.key.value.trim()).catch(failed);
});

const take = (file) => given(file).catch(() => fail("That file could not be read."));
drop.hidden = false;
document.getElementById("file").addEventListener("change", ({ target }) => target.files[0] && take(target.files[0]));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file) take(file);
});

const session = new URLSearchParams(location.hash.slice(1)).get("session");
if (session) principals(session).catch(failed);
