// The chat page: one question to two models, answers side by side, a vote between them.

import { ActiveTime, ask, fill, find, make, notice } from "./common.js";

const clock = new ActiveTime();
const state = { shown: null, asking: false };

async function start() {
  const { models, questions } = await ask("/api/models");
  for (const [side, chosen] of [["left", models[0]], ["right", models[models.length - 1]]])
    fill(find(side), ...models.map((name) => make("option", { selected: name === chosen ? "" : null }, name)));
  fill(find("chips"), ...questions.map((text) =>
    make("button", { type: "button", title: text,
      onclick: () => { find("question").value = text; window.scrollTo(0, 0); send(); } }, make("span", {}, text))));
}

async function send() {
  const question = find("question").value.trim();
  if (!question || state.asking) return;
  state.asking = true;
  find("send").disabled = true;
  notice("");
  let names = [find("left").value, find("right").value];
  const blind = find("blind").checked;
  if (blind && Math.random() < 0.5) names = names.reverse();
  const cards = names.map((name, n) => card(blind ? `Answer ${n + 1}` : name));
  fill(find("answers"), ...cards.map((one) => one.element));
  find("votes").hidden = true;
  state.shown = { question, names, blind, texts: ["", ""], cards };
  try {
    for (const [n, name] of names.entries()) await answer(name, n, question);
    find("votes").hidden = names[0] === names[1];
    clock.reset();
  } catch (error) {
    notice(error.message);
    cards.filter((one) => one.text.classList.contains("faint")).forEach((one) => { one.text.textContent = "(no answer)"; });
  }
  state.asking = false;
  find("send").disabled = false;
}

function card(title) {
  const head = make("h3", {}, title), text = make("p", { class: "text faint" }, "waiting (a model is opened when it is first asked)"), foot = make("p", { class: "faint" });
  return { head, text, foot, element: make("div", { class: "card" }, head, text, foot) };
}

async function answer(name, n, question) {
  const found = await ask("/api/chat", {
    model: name, messages: [{ role: "user", content: question }],
    temperature: find("temperature").value, max_tokens: find("tokens").value,
    seed: Math.floor(Math.random() * 2 ** 31),
  });
  state.shown.texts[n] = found.text;
  state.shown.cards[n].text.textContent = found.text || "(an empty answer)";
  state.shown.cards[n].text.className = "text";
  const cut = found.finish === "length" ? ", cut at the longest answer" : "";
  state.shown.cards[n].foot.textContent = `${found.tokens} tokens, ${found.seconds} s${cut}`;
}

async function vote(verdict) {
  const { question, names, blind, texts, cards } = state.shown ?? {};
  if (!question || find("votes").hidden) return;
  try {
    await ask("/api/vote", { verdict, question, blind, left: texts[0], right: texts[1],
      left_model: names[0], right_model: names[1], seconds: clock.read() });
    cards.forEach((one, n) => { one.head.textContent = names[n]; });
    find("votes").hidden = true;
    notice("Your vote is kept in labels.jsonl.", "done");
  } catch (error) { notice(error.message); }
}

find("form").addEventListener("submit", (event) => { event.preventDefault(); send(); });
for (const verdict of ["left", "tie", "right"]) find(`vote-${verdict}`).addEventListener("click", () => vote(verdict));
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return send();
  if (["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName)) return;
  const verdict = { 1: "left", 0: "tie", 2: "right" }[event.key];
  if (verdict) vote(verdict);
});
start().catch((error) => notice(error.message));
