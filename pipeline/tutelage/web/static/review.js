// The review page: a list to look through, one row whole, decisions by button or key.

import { ActiveTime, ask, fill, find, make, notice, onKeys, run, toggleList } from "./common.js";

const clock = new ActiveTime();
const state = { stage: "", page: 0, row: null, grade: null, note: null };
const picks = ["leaf", "state", "reason", "text"];

async function start(stage = "") {
  const found = await ask(`/api/review?stage=${encodeURIComponent(stage)}`);
  state.stage = found.stage;
  state.page = 0;
  find("run").textContent = found.run;
  options("stage", found.stages.map((name) => [name, name]), found.stage);
  options("leaf", [["", "all leaves"], ...Object.entries(found.leaves).map(([k, n]) => [k, `${k} (${n})`])]);
  options("reason", [["", "all reasons"], ...Object.entries(found.reasons).map(([k, n]) => [k, `${k} (${n})`])]);
  count(found.labelled);
  await list();
  await next();
}

function options(id, pairs, chosen = "") {
  fill(find(id), ...pairs.map(([value, text]) => make("option", { value, selected: value === chosen ? "" : null }, text)));
}

function count(labelled) { find("count").textContent = `${labelled} decided`; }

async function list() {
  const query = new URLSearchParams({ stage: state.stage, page: state.page });
  for (const name of picks) query.set(name, find(name).value);
  const found = await ask(`/api/rows?${query}`);
  fill(find("rows"), ...found.rows.map((row) =>
    make("li", { class: row.verdict || "", tabindex: 0, "data-id": row.id, "aria-current": row.id === state.row?.id,
      onclick: () => run(() => show(row.id)), onkeydown: (event) => { if (event.key === "Enter") run(() => show(row.id)); } },
      row.question || "(no question)", make("span", { class: "answer" }, row.answer),
      make("span", { class: "faint" }, ["kept", ""].includes(row.state) ? row.leaf : `${row.leaf} - rejected: ${row.state}`))));
  const first = found.total ? found.page * found.size + 1 : 0;
  find("place").textContent = `${first}-${Math.min(found.total, first + found.size - 1)} of ${found.total}`
    + (found.left_out ? `; ${found.left_out} drawn at random show once they are decided` : "");
  find("earlier").disabled = found.page === 0;
  find("later").disabled = (found.page + 1) * found.size >= found.total;
}

async function show(id, why = "") {
  const query = new URLSearchParams({ stage: state.stage, id });
  const row = await ask(`/api/row?${query}`);
  Object.assign(state, { row, grade: row.label?.grade ?? null, note: row.label?.note ?? null });
  why ||= row.blind ? "drawn at random, shown without verdicts" : "";
  const part = (title, text, kind = "text") => text ? [make("h2", {}, title), make("p", { class: kind }, text)] : [];
  const words = (row.verdicts || []).map((word) =>
    make("li", { class: word.keep ? "keep" : "drop" }, word.reason?.startsWith(`${word.by}:`) ? word.reason : [word.by, word.reason].filter(Boolean).join(": ")));
  const about = Object.entries(row.attributes || {}).map(([name, value]) => `${name}: ${value}`).join(", ");
  fill(find("row"),
    make("p", { class: "faint" }, [row.leaf, why, row.label ? `decided: ${row.label.verdict}` : ""].filter(Boolean).join(" - ")),
    ...part("Turns before", row.before, "text passage"), ...part("Passage", row.context, "text passage"), ...part("Attributes", about),
    ...part("Question", row.question, "text question"), ...part("Reasoning", row.reasoning), ...part("Answer", row.answer),
    isPair() ? make("div", { class: "columns" }, side("Left", row.left), side("Right", row.right)) : null,
    ...part("The run chose", row.run_chose && `the ${row.run_chose} answer`),
    ...part("Rejected because", row.reason),
    ...(words.length ? [make("h2", {}, "Verdicts"), make("ul", { class: "words" }, ...words)] : []),
    ...part("Your answer", row.label?.edit), ...part("Your note", state.note),
    row.verdicts ? make("p", {}, make("button", { id: "history", onclick: () => run(history) }, "Where it comes from ", make("kbd", {}, "h"))) : null);
  toggleList(false);
  for (const line of document.querySelectorAll("#rows li"))
    line.setAttribute("aria-current", String(line.dataset.id === id));
  for (const button of document.querySelectorAll("#grades button"))
    button.classList.toggle("on", Number(button.dataset.grade) === state.grade);
  buttons();
  clock.reset();
  window.scrollTo(0, 0);
}

// The prompts, models, verdicts and costs that made the row, as `tutelage show` prints them.
async function history() {
  if (!find("history")) return;
  const query = new URLSearchParams({ stage: state.stage, id: state.row.id });
  const found = await ask(`/api/history?${query}`);
  const head = make("h2", {}, "Where it comes from");
  find("history").replaceWith(head, make("pre", { class: "passage" }, found.text));
  head.scrollIntoView({ block: "center" });
}

const isPair = () => state.row?.left !== undefined;

function side(title, text) {
  return make("div", { class: "card" }, make("h3", {}, title), make("p", { class: "text" }, text || "(an empty answer)"));
}

function buttons() {
  for (const name of ["accept", "reject", "edit", "grades"]) find(name).hidden = isPair();
  for (const name of ["left", "tie", "right"]) find(name).hidden = !isPair();
}

async function next() {
  const query = new URLSearchParams({ stage: state.stage, after: state.row?.id ?? "" });
  const found = await ask(`/api/next?${query}`);
  if (found.id) await show(found.id, `${found.why}; ${found.left} left`);
  else if (!state.row) fill(find("row"), make("p", {}, "Nothing is left to decide here; choose rows in the list."));
  else notice("nothing is left in the queue", "done");
}

async function decide(verdict, more = {}) {
  if (!state.row) return;
  const label = { stage: state.stage, row: state.row.id, verdict, grade: isPair() ? null : state.grade,
    seconds: clock.read(), note: state.note, ...more };
  const found = await ask("/api/label", label);
  document.querySelector(`#rows li[data-id="${CSS.escape(state.row.id)}"]`)?.setAttribute("class", verdict);
  count(found.labelled);
  await next();
}

function write(title, text, done) {
  const area = make("textarea", { "aria-label": title });
  const keep = () => run(() => done(area.value));
  area.value = text || "";
  find("form")?.remove();
  const form = make("div", { id: "form" }, make("h2", {}, `${title} (Ctrl-Enter to keep, Esc to leave)`), area,
    make("button", { class: "good", onclick: keep }, "Keep"));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) keep();
    if (event.key === "Escape") form.remove();
    event.stopPropagation();
  });
  find("row").append(form);
  area.focus();
}

const actions = {
  accept: () => !isPair() && decide("accept"),
  reject: () => !isPair() && decide("reject"),
  left: () => isPair() && decide("left"),
  tie: () => isPair() && decide("tie"),
  right: () => isPair() && decide("right"),
  edit: () => state.row && !isPair() && write("Your answer", state.row.label?.edit || state.row.answer, (text) => decide("edit", { edit: text })),
  note: () => state.row && write("Note", state.note, annotate),
  async undo() {
    const found = await ask("/api/undo", { stage: state.stage });
    count(found.labelled);
    await list();
    await show(found.row);
  },
  queue: next,
  history,
};

// A note goes with the decision: on a row that is decided at once, else with what is decided next.
async function annotate(text) {
  const label = state.row.label;
  if (label) return decide(label.verdict, { note: text, edit: label.edit });
  const { row } = state;
  await show(row.id);
  state.note = text;
  find("row").append(make("h2", {}, "Your note, kept with your decision"), make("p", { class: "text" }, text));
}

function move(step) {
  const lines = [...document.querySelectorAll("#rows li")];
  const at = lines.findIndex((line) => line.dataset.id === state.row?.id);
  const to = lines[at < 0 ? 0 : at + step];
  if (to) run(() => show(to.dataset.id).then(() => to.scrollIntoView({ block: "nearest" })));
}

function grade(value) {
  state.grade = state.grade === value ? null : value;
  for (const button of document.querySelectorAll("#grades button"))
    button.classList.toggle("on", Number(button.dataset.grade) === state.grade);
}

const votes = { 1: "left", 0: "tie", 2: "right" };
const keys = { a: "accept", r: "reject", e: "edit", n: "note", u: "undo", h: "history", " ": "queue" };
onKeys((event) => {
  const action = (isPair() && votes[event.key]) || keys[event.key];
  if (action) { event.preventDefault(); run(actions[action]); }
  else if (/^[1-5]$/.test(event.key)) grade(Number(event.key));
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "/") { event.preventDefault(); find("text").focus(); }
});

find("show-list").addEventListener("click", () => toggleList());
for (const name of Object.keys(actions)) find(name)?.addEventListener("click", () => run(actions[name]));
for (let value = 1; value <= 5; value++)
  find("grades").append(make("button", { "data-grade": value, onclick: () => grade(value) }, String(value)));
for (const name of picks) find(name).addEventListener("change", () => { state.page = 0; run(list); });
find("stage").addEventListener("change", (event) => run(() => { state.row = null; return start(event.target.value); }));
find("earlier").addEventListener("click", () => { state.page -= 1; run(list); });
find("later").addEventListener("click", () => { state.page += 1; run(list); });
run(start);
