// What all pages share: asking the server, and building elements whose text is only ever text.

export async function ask(path, data) {
  const options = data === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data),
  };
  const answer = await fetch(path, options);
  const body = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : { error: await answer.text() };
  if (!answer.ok) throw new Error(body.error || answer.statusText);
  return body;
}

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const find = (id) => document.getElementById(id);

export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

export function notice(text, kind = "") { find("notice").textContent = text; find("notice").className = kind; }

// One action at a time: a key that is pressed, or repeats, before the last one is done is left out,
// so that no decision falls on a row that was not shown yet.
let working = false;
export async function run(action) {
  if (working) return;
  working = true;
  notice("");
  try { await action(); } catch (error) { notice(error.message); } finally { working = false; }
}

// Keys of the page, where none is typed into a field and none is a shortcut of the browser.
export function onKeys(handle) {
  document.addEventListener("keydown", (event) => {
    const typed = ["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName);
    if (!typed && !event.ctrlKey && !event.metaKey && !event.altKey) handle(event);
  });
}

// On a narrow screen the list covers the row only while it is asked for.
export function toggleList(open) { document.body.classList.toggle("list-open", open); }

// Seconds that a page was looked at and used: a pause of more than 60 seconds does not count.
export class ActiveTime {
  constructor() {
    this.reset();
    for (const kind of ["keydown", "pointermove", "pointerdown", "scroll", "focus"])
      window.addEventListener(kind, () => this.beat(), { passive: true, capture: true });
    document.addEventListener("visibilitychange", () => this.beat(document.hidden));
  }
  reset() { this.seconds = 0; this.last = performance.now(); this.away = document.hidden; }
  beat(away = false) {
    const now = performance.now();
    if (!this.away) this.seconds += Math.min(now - this.last, 60000) / 1000;
    this.last = now;
    this.away = away;
  }
  read() { this.beat(document.hidden); return this.seconds; }
}
