// The watch page: asks every two seconds how far the run is, and draws what it hears.

import { ask, fill, find, make, notice } from "./common.js";

const words = (seconds) => seconds > 5400 ? `${(seconds / 3600).toFixed(1)} h` : seconds > 90 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`;

function now(progress) {
  if (!progress.stage) return [];
  const rate = progress.done / Math.max(1, progress.time - progress.began);
  const left = rate && !progress.ended ? `, about ${words((progress.total - progress.done) / rate)} left` : "";
  const counted = progress.total ? `${progress.done} of ${progress.total} ${progress.unit}${left}` : "working";
  const bar = make("progress", progress.total ? { max: progress.total, value: progress.done } : {});
  return [make("h2", {}, progress.stage), bar, make("p", {}, [counted, progress.spend].filter(Boolean).join(" - "))];
}

const about = (span, write) => span ? `about ${write(span[1])}` : "";
const dollars = (amount) => `$${amount >= 0.1 || !amount ? amount.toFixed(amount ? 2 : 0) : amount.toPrecision(2)}`;
const whole = (count) => Math.round(count).toLocaleString("en");

const charged = (usd) => usd === null ? "unknown" : Number(usd) ? dollars(Number(usd)) : "";

function stage(one, found) {
  const { expected, working } = found;
  const ahead = expected?.[one.name];
  if (one.name === working?.name) return line(one.name, "", [
    [found.how.startsWith("at work") ? "at work" : "not finished", about(ahead?.rows, (n) => `${whole(n)} rows`)].filter(Boolean).join(", "),
    working.tokens ? whole(working.tokens) : "", charged(working.usd), words(working.seconds)]);
  if (!one.made) return line(one.name, "faint", [
    about(ahead?.rows, (n) => `${whole(n)} rows`), "", about(ahead?.usd, dollars), about(ahead?.seconds, words)]);
  const kept = one.kept === null ? one.kind : make("span", {}, make("span", { class: "count" }, `${one.kept} of ${one.rows_in} `),
    make("progress", { max: Math.max(1, one.rows_in), value: one.kept, "aria-label": `${one.kept} of ${one.rows_in} kept` }));
  return line(one.name, "", [kept, one.tokens ? whole(one.tokens) : "", charged(one.usd), one.seconds ? words(one.seconds) : ""]);
}

function line(name, kind, cells) {
  return make("tr", { class: kind }, make("th", {}, name), ...cells.map((cell, n) => make("td", { class: n ? "number" : "" }, cell)));
}

// What was taken so far, what is allowed, and what is still expected, with its range: of the stage
// at work, what is left of it.
function money(found) {
  const { used, expected, progress, working } = found;
  const parts = [`so far: ${used.usd === null ? "an unknown amount" : dollars(Number(used.usd))} for ${whole(used.requests)} requests, ${whole(used.output_tokens)} output tokens`];
  if (Number(used.machine_usd)) parts[0] += `, and ${dollars(Number(used.machine_usd))} of this machine's time`;
  const budget = Object.entries(progress.budget || {}).map(([name, limit]) => name === "usd" ? `$${limit}` : `${whole(limit)} ${name.replace("_", " ")}`);
  if (budget.length) parts.push(`budget: ${budget.join(", ")}`);
  const left = Object.entries(expected || {}).filter(([name]) => !found.stages.find((one) => one.name === name)?.made);
  for (const [name, write] of [["usd", dollars], ["seconds", words]]) {
    const spans = left.map(([stage, all]) => {
      const done = stage === working?.name ? Number(working[name] ?? NaN) : 0;
      return all[name]?.map((value) => Math.max(0, value - done)) ?? [NaN, NaN, NaN];
    });
    const sums = [0, 1, 2].map((n) => spans.reduce((sum, span) => sum + span[n], 0));
    if (left.length && !sums.some(Number.isNaN) && sums[2]) parts.push(`still expected: about ${write(sums[1])} (${write(sums[0])} to ${write(sums[2])})`);
  }
  if (found.expected_problem) parts.push(`no forecast: ${found.expected_problem}`);
  return parts.join("; ");
}

function curve(name, points) {
  const steps = points.map(([step]) => step), values = points.map(([, value]) => value);
  const low = Math.min(...values), high = Math.max(...values), first = steps[0], last = steps[steps.length - 1];
  const place = ([step, value]) => `${((step - first) / Math.max(1, last - first)) * 100},${96 - ((value - low) / Math.max(1e-9, high - low)) * 92}`;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "curve");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${name}, from ${values[0].toFixed(3)} to ${values[values.length - 1].toFixed(3)}`);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  line.setAttribute("points", points.map(place).join(" "));
  svg.append(line);
  return [make("h2", {}, name), svg, make("p", { class: "faint" }, `step ${last}: ${values[values.length - 1].toFixed(3)} (lowest ${low.toFixed(3)}, highest ${high.toFixed(3)})`)];
}

async function look() {
  try {
    const found = await ask("/api/watch");
    find("run").textContent = found.run;
    find("how").textContent = found.how;
    fill(find("now"), ...now(found.progress));
    fill(find("stages"), ...found.stages.map((one) => stage(one, found)));
    find("money").textContent = money(found);
    fill(find("curves"), ...Object.entries(found.curves).filter(([, points]) => points.length > 1).flatMap(([name, points]) => curve(found.trained ? `${found.trained}: ${name}` : name, points)));
    fill(find("newest"), ...found.newest.map((row) => make("div", { class: "card" }, make("h3", {}, row.question), make("p", { class: "text" }, row.answer))));
    fill(find("said"), ...(found.progress.said || []).slice(-8).map((line) => make("div", {}, line)));
    notice("");
  } catch (error) { notice(`${error.message}; asking again`); }
  setTimeout(look, 2000);
}

look();
