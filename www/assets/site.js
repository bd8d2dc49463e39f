// What makes the pages pleasanter. Every page does its work without it.

/** Puts a button beside each text that is there to be copied. */
function copyButtons() {
  if (!navigator.clipboard) return;
  for (const text of document.querySelectorAll("[data-copy]")) {
    const frame = document.createElement("div");
    frame.className = "copyable";
    text.replaceWith(frame);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${text.dataset.copy}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent.trim());
        button.textContent = "Copied";
      } catch {
        getSelection()?.selectAllChildren(text);
        button.textContent = "Selected";
      }
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    frame.append(text, button);
  }
}

/** Shows moments in the reader's own time zone; UTC stays in the title. */
function localTimes() {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.valueOf())) continue;
    time.title = time.textContent;
    time.textContent = format.format(moment);
  }
}

/** Writes a device's code the way the device shows it, while it is typed. */
function userCodes() {
  for (const input of document.querySelectorAll("input[data-user-code]")) {
    input.addEventListener("input", () => {
      if (input.selectionStart !== input.value.length) return;
      const letters = input.value.toUpperCase().replaceAll(/[^0-9A-Z]/g, "").slice(0, 8);
      input.value = letters.length > 4 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : letters;
    });
  }
}

/** Lets a person read the password or key that they type. */
function readablePasswords() {
  for (const input of document.querySelectorAll("input[type=password]")) {
    const label = document.createElement("label");
    label.className = "tick small";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.addEventListener("change", () => (input.type = box.checked ? "text" : "password"));
    input.form?.addEventListener("submit", () => (input.type = "password"));
    const words = document.createElement("span");
    words.textContent = "Show what is typed";
    label.append(box, words);
    input.after(label);
  }
}

/** One press, one act: a form that is on its way is not sent again. */
function singleSubmits() {
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  }
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
}

/** Brings the tab of this page into view, where the tabs are wider than the window. */
function currentTab() {
  const tab = document.querySelector(".tabs [aria-current=page]");
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - 48;
}

copyButtons();
currentTab();
localTimes();
userCodes();
readablePasswords();
singleSubmits();
