// The drafts page: what a model drafted for a taxonomy, approved, edited or rejected by key or button.

import { ActiveTime, ask, fill, find, make, notice, onKeys, run, toggleList } from "./common.js";

const clock = new ActiveTime();
const state = { drafts: [], id: null };
const classes = { approved: "accept", edited: "edit" };

async function load() {
  const found = await ask("/api/drafts");
  state.drafts = found.drafts;
  find("taxonomy").textContent = found.taxonomy;
  const left = Object.values(found.waiting).reduce((sum, n) => sum + n, 0);
  find("count").textContent = `${left} of ${found.drafts.length} wait for a decision by ${found.rater}`;
  const leaves = [...new Set(found.drafts.map((draft) => draft.leaf))];
  const chosen = find("leaf").value;
  fill(find("leaf"), make("option", { value: "" }, "all leaves"), ...leaves.map((leaf) =>
    make("option", { value: leaf, selected: leaf === chosen ? "" : null }, `${leaf} (${found.waiting[leaf] || 0} waiting)`)));
  list();
}

function shown() {
  const [leaf, origin] = [find("leaf").value, find("state").value];
  return state.drafts.filter((draft) => (!leaf || draft.leaf === leaf) && (!origin || draft.origin === origin));
}

function list() {
  fill(find("rows"), ...shown().map((draft) =>
    make("li", { class: classes[draft.origin] || "", tabindex: 0, "data-id": draft.id, "aria-current": draft.id === state.id,
      onclick: () => show(draft.id), onkeydown: (event) => { if (event.key === "Enter") show(draft.id); } },
      draft.question, make("span", { class: "answer" }, draft.answer || ""),
      make("span", { class: "faint" }, `${draft.kind === "seed" ? "seed example" : "held-out question"} - ${draft.origin} - ${draft.leaf}`))));
}

function current() { return state.drafts.find((draft) => draft.id === state.id); }

function show(id) {
  state.id = id;
  const draft = current();
  list();
  if (!draft) return fill(find("row"), make("p", {}, "Nothing is left to decide here."));
  const part = (title, text, kind = "text") => text ? [make("h2", {}, title), make("p", { class: kind }, text)] : [];
  const demands = draft.verify.map((one) => JSON.stringify(one)).join("\n");
  const use = draft.kind === "seed" ? "Seed example: the teacher sees it" : "Held-out question: it examines the trained model";
  const by = draft.approved_by ? ` - ${draft.origin} by ${draft.approved_by}` : "";
  fill(find("row"),
    make("p", { class: "faint" }, `${draft.leaf} - ${use} - drafted by ${draft.written_by || "a model"}${by}`),
    ...part("Question", draft.question, "text question"), ...part("Answer", draft.answer),
    ...part("Also accepted", draft.accept.join(" | ")), ...part("Demands on an answer", demands),
    ...part("What the documents say", draft.context || draft.source, "text passage"));
  toggleList(false);
  window.scrollTo(0, 0);
  document.querySelector(`#rows li[data-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
  clock.reset();
}

function next() {
  const drafts = shown();
  const at = drafts.findIndex((draft) => draft.id === state.id);
  const order = [...drafts.slice(at + 1), ...drafts.slice(0, at + 1)];
  const found = order.find((draft) => draft.origin === "drafted");
  show(found ? found.id : null);
}

async function decide(verdict, edit) {
  const drafts = shown();
  const at = drafts.findIndex((draft) => draft.id === state.id);
  const draft = current();
  if (!draft) return;
  if (draft.origin !== "drafted" && verdict === "accept") return notice(`it is ${draft.origin} already`, "done");
  await ask("/api/draft", { id: draft.id, verdict, seconds: clock.read(), edit });
  const after = [...drafts.slice(at + 1), ...drafts.slice(0, at)].find((one) => one.origin === "drafted");
  await load();
  show(after && state.drafts.some((one) => one.id === after.id) ? after.id : null);
}

function write() {
  const draft = current();
  if (!draft) return;
  const fields = { question: draft.question, answer: draft.answer || "" };
  if (draft.kind !== "seed") fields.accept = draft.accept.join("\n");
  const titles = { question: "Question", answer: "Answer", accept: "Also accepted, one a line" };
  const areas = Object.entries(fields).map(([name, text]) => {
    const area = make("textarea", { "aria-label": titles[name], "data-name": name });
    area.value = text;
    return area;
  });
  const keep = () => {
    const edit = Object.fromEntries(areas.map((area) => [area.dataset.name, area.value]));
    if (edit.accept !== undefined) edit.accept = edit.accept.split("\n");
    run(() => decide("edit", edit));
  };
  find("form")?.remove();
  const form = make("div", { id: "form" }, make("p", { class: "faint" }, "Ctrl-Enter keeps it, Esc leaves it as it was."),
    ...areas.flatMap((area) => [make("h2", {}, titles[area.dataset.name]), area]),
    make("button", { class: "good", onclick: keep }, "Keep"));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) keep();
    if (event.key === "Escape") show(draft.id);
    event.stopPropagation();
  });
  find("row").append(form);
  areas[0].focus();
}

const actions = {
  accept: () => decide("accept"),
  reject: () => decide("reject"),
  edit: write,
  next,
  async undo() { const id = state.id; await ask("/api/draft-undo", {}); await load(); if (id) show(id); else next(); },
};

function move(step) {
  const drafts = shown();
  const at = drafts.findIndex((draft) => draft.id === state.id);
  const to = drafts[at < 0 ? 0 : at + step];
  if (to) show(to.id);
}

const keys = { a: "accept", r: "reject", e: "edit", u: "undo", " ": "next" };
onKeys((event) => {
  const action = keys[event.key];
  if (action) { event.preventDefault(); run(actions[action]); }
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
});

find("show-list").addEventListener("click", () => toggleList());
for (const name of Object.keys(actions)) find(name).addEventListener("click", () => run(actions[name]));
for (const name of ["leaf", "state"]) find(name).addEventListener("change", () => { list(); next(); });
run(async () => { await load(); next(); });
