"use strict";
// Everything here comes from a repository and an agent that nobody has to trust: it is only ever put into the page as
// text, never as markup.
const begun = performance.now();
const data = JSON.parse(document.getElementById("data").textContent);
const CHUNK = 100;
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff]/g;

/** Text in which what acts without being seen is seen. */
function seen(text) {
  return String(text).replace(HIDDEN, (c) => "\\u{" + c.charCodeAt(0).toString(16) + "}");
}

/** An element with classes and children; strings become text. */
function el(name, classes, ...children) {
  const node = document.createElement(name);
  if (classes) node.className = classes;
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === "") continue;
    node.append(child instanceof Node ? child : seen(child));
  }
  return node;
}

/** Text whose pieces between backticks are code. */
function prose(text) {
  const pieces = seen(text).split("`");
  if (pieces.length % 2 === 0) return [seen(text)];
  return pieces.map((piece, i) => (i % 2 ? el("code", "", piece) : document.createTextNode(piece)));
}

function place(path, line, side) {
  return path ? path + (line ? ":" + line : "") + (side === "base" ? " (at base)" : "") : "";
}

function plural(n, one, many) {
  return n.toLocaleString("en") + " " + (n === 1 ? one : many);
}

// ---- code ---------------------------------------------------------------------------------------

const snippets = new Map();
for (const snippet of data.snippets || []) {
  const key = (snippet.side || "head") + " " + snippet.path;
  if (!snippets.has(key)) snippets.set(key, []);
  snippets.get(key).push(snippet);
}

/** The quoted lines around `line`, with those from it to `end` marked. */
function code(path, side, line, end) {
  if (!path || !line) return null;
  // Another one may end in the middle of these lines.
  const short = (s) => Math.max(0, (end || line) - (s.first_line + s.lines.length - 1));
  const known = (snippets.get((side || "head") + " " + path) || [])
    .filter((s) => s.first_line <= line && line < s.first_line + s.lines.length)
    .sort((a, b) => short(a) - short(b) || a.lines.length - b.lines.length)[0];
  if (!known) return null;
  const pre = el("pre", "code");
  known.lines.forEach((text, i) => {
    const number = known.first_line + i;
    const hit = number >= line && number <= (end || line);
    pre.append(el("span", hit ? "l hit" : "l", el("span", "num", String(number)), text || " "));
  });
  return pre;
}

function diff(text) {
  const pre = el("pre", "code");
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const kind = line.startsWith("+") && !line.startsWith("+++") ? " add" : line.startsWith("-") && !line.startsWith("---") ? " del" : "";
    pre.append(el("span", "l" + kind, line || " "));
  }
  return pre;
}

// ---- lists --------------------------------------------------------------------------------------

/** A row that opens; what is in it is made when it is opened first. */
function item(mark, tag, what, under, body) {
  const row = el("details", "item " + mark);
  row.append(el("summary", "", el("span", "tag t-" + mark.split(" ")[0], tag), el("span", "what", what), under ? el("span", "under", under) : null));
  row.addEventListener("toggle", () => {
    if (row.open && row.childElementCount === 1) row.append(el("div", "body", body()));
  });
  return row;
}

/** Shows `items` a piece at a time, so that ten thousand cost no more than a hundred. */
function fill(box, items, render) {
  box.replaceChildren();
  let next = 0;
  const more = el("button", "more");
  const add = () => {
    const rows = document.createDocumentFragment();
    for (const one of items.slice(next, next + CHUNK)) rows.append(render(one));
    next += CHUNK;
    more.remove();
    box.append(rows);
    if (next < items.length) {
      more.textContent = plural(items.length - next, "more", "more");
      box.append(more);
    }
  };
  more.addEventListener("click", add);
  new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && more.isConnected && add(), { rootMargin: "600px" }).observe(more);
  add();
}

function evidence(items) {
  const list = el("ul", "evidence");
  for (const it of items || []) {
    const at = place(it.path, it.line, it.side);
    list.append(el("li", "", el("span", "kind", it.kind + ": "), prose(it.message), at ? [" ", el("span", "mono side", at)] : null));
  }
  return items && items.length ? list : null;
}

/** A section with a field for words, boxes for kinds, and a list below. */
function filtered(section, items, kinds, kindOf, textOf, render, choices) {
  const search = el("input");
  search.type = "search";
  search.placeholder = "words in it, or a path";
  search.setAttribute("aria-label", "Filter");
  const bar = el("div", "filter", search);
  const boxes = kinds.filter((kind) => items.some((it) => kindOf(it) === kind)).map((kind) => {
    const box = el("input");
    box.type = "checkbox";
    box.checked = true;
    box.value = kind;
    bar.append(el("label", "", box, kind + " " + items.filter((it) => kindOf(it) === kind).length.toLocaleString("en")));
    return box;
  });
  const select = choices ? el("select") : null;
  if (select) {
    select.setAttribute("aria-label", "Check");
    const names = [...new Set(items.map(choices))].sort();
    for (const name of ["all checks", ...names]) select.append(el("option", "", name));
    if (names.length > 1) bar.append(select);
  }
  const shown = el("span", "shown");
  shown.setAttribute("role", "status");
  bar.append(shown);
  const box = el("div", "list");
  section.append(bar, box);
  const texts = items.map((it) => textOf(it).toLowerCase());
  const apply = () => {
    const start = performance.now();
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const on = new Set(boxes.filter((b) => b.checked).map((b) => b.value));
    const wanted = select && select.selectedIndex > 0 ? select.value : null;
    const found = items.filter((it, i) => on.has(kindOf(it)) && (!wanted || choices(it) === wanted) && words.every((w) => texts[i].includes(w)));
    shown.textContent = found.length === items.length ? plural(items.length, "entry", "entries") : found.length.toLocaleString("en") + " of " + items.length.toLocaleString("en");
    fill(box, found, render);
    document.documentElement.dataset.filterMs = (performance.now() - start).toFixed(1);
  };
  for (const control of [search, select, ...boxes]) if (control) control.addEventListener("input", apply);
  section.filterBy = (text) => { search.value = text; apply(); };
  apply();
}

// ---- sections -----------------------------------------------------------------------------------

const sections = [];

function section(id, title, count, build) {
  sections.push({ id, title, count, build, node: null });
}

const findings = data.findings || [];
const claims = data.claims || [];
const claimOf = new Map(claims.map((c) => [c.id, c]));

section("findings", "Findings", findings.length, (node) => {
  if (!findings.length) return node.append(el("p", "empty", "No findings."));
  filtered(node, findings, ["deny", "warn", "note"], (f) => f.level,
    (f) => [f.check, f.message, f.path || "", (f.evidence || []).map((e) => e.message).join(" ")].join(" "),
    (f) => item(f.level + (f.suppressed ? " off" : ""), f.level, prose(f.message),
      [el("span", "mono", f.check), f.path ? " · " + place(f.path, f.line, f.side) : "", f.suppressed ? " · accepted by the policy" : ""],
      () => {
        const claim = f.claim && claimOf.get(f.claim);
        return [
          claim ? el("p", "", "Said: ", el("q", "", claim.text)) : null,
          code(f.path, f.side, f.line, f.end_line),
          evidence(f.evidence),
          f.suppressed ? el("p", "", "Accepted: ", f.suppressed.reason, f.suppressed.until ? " (until " + f.suppressed.until + ")" : "") : null,
          f.help !== undefined ? el("p", "help", prose(data.helps[f.help])) : null,
          data.checks[f.check] ? el("p", "side", f.check + ": ", prose(data.checks[f.check])) : null,
        ];
      }),
    (f) => f.check);
});

section("claims", "Claims", data.claims ? claims.length : null, (node) => {
  if (!data.claims) return node.append(el("p", "empty", "Claims were not looked for."));
  if (!claims.length) return node.append(el("p", "empty", data.no_session ? "No claim about this change was found: " + data.no_session : "No claim about this change was found."));
  const mark = { contradicted: "deny", partial: "warn", unsupported: "warn", verified: "good", "not-checkable": "note", "not looked at": "note" };
  const word = (c) => (c.verdict === "unsupported" && !c.looked ? "not looked at" : c.verdict);
  filtered(node, claims, Object.keys(mark), word, (c) => c.text + " " + c.kind + " " + c.source.where,
    (c) => item(mark[word(c)], word(c), el("q", "", c.text),
      c.source.kind + " " + c.source.where + (c.total ? " · " + c.done + " of " + c.total : ""),
      () => [evidence(c.evidence) || el("p", "empty", "Nothing was found that speaks for or against it.")]));
});

section("sites", "Sites", data.sites ? data.sites.reduce((n, g) => n + g.residual.length, 0) : null, (node) => {
  if (!data.sites) return node.append(el("p", "empty", "The change repeats no edit."));
  for (const group of data.sites) {
    node.append(el("h3", "", el("code", "", group.pattern)));
    node.append(el("p", "", plural(group.done, "place", "places") + " of " + group.total.toLocaleString("en") + " changed"));
    const bar = el("div", "bar", el("i", "good"));
    bar.firstChild.style.width = (group.total ? (100 * group.done) / group.total : 0) + "%";
    node.append(bar);
    if (group.unsearched) node.append(el("p", "side", group.unsearched));
    const files = new Map();
    for (const site of group.residual) {
      if (!files.has(site.path)) files.set(site.path, []);
      files.get(site.path).push(site);
    }
    const box = el("div", "list");
    node.append(box);
    fill(box, [...files], ([path, sites]) => {
      const row = item("warn", plural(sites.length, "left", "left"), el("span", "mono", path), "lines " + sites.map((s) => s.line).join(", "),
        () => sites.map((s) => [el("p", "side", "line " + s.line + ", " + Math.round(100 * s.certainty) + " % sure"), code(s.path, "head", s.line)]));
      row.open = files.size === 1 && data.sites.length === 1;
      return row;
    });
    if (group.cleared.length) {
      node.append(item("note", "left alone", plural(group.cleared_total, "place", "places") + " of the same form", "each for a reason",
        () => [el("ul", "evidence", group.cleared.map((c) => el("li", "", el("span", "mono", place(c.path, c.line)), " ", prose(c.reason))))]));
    }
  }
});

section("drift", "Drift", data.pairs ? data.pairs.reduce((n, p) => n + p.points.length, 0) : null, (node) => {
  if (!data.pairs) return node.append(el("p", "empty", "No pair of a reference and what follows it was looked at."));
  const name = (side) => place(side.path, side.line) + (side.item ? "  " + side.item : "");
  for (const pair of data.pairs) {
    node.append(el("h3", "mono", name(pair.implementation)), el("p", "side mono", "follows " + name(pair.reference)));
    if (pair.not_comparable) node.append(el("p", "", "Not compared: " + pair.not_comparable));
    else if (pair.same) node.append(el("p", "", "The same, apart from names that are explained."));
    for (const point of pair.points) {
      const row = item(point.grade === "drift" ? "deny" : "warn", point.grade, prose(point.message),
        point.kind + (point.new ? "" : " · older than this change"),
        () => [el("div", "two",
          el("div", "", el("p", "side", "reference"), code(pair.reference.path, "head", point.ref_line, point.ref_end_line) || el("p", "empty", "nothing there")),
          el("div", "", el("p", "side", "implementation"), code(pair.implementation.path, "head", point.line, point.end_line) || el("p", "empty", "nothing there")))]);
      node.append(row);
    }
    if (pair.substitutions.length) {
      node.append(el("p", "side", "Stands for one another: " + pair.substitutions.map((s) => s.from + " → " + s.to).join(", ")));
    }
  }
});

const tests = data.tests;

section("tests", "Tests", tests && tests.head ? tests.head.passed + tests.head.failed + tests.head.ignored : null, (node) => {
  const build = data.build;
  if (!tests && !build) return node.append(el("p", "empty", "Nothing was built or run."));
  const counts = (c) => (c ? plural(c.passed, "passes", "pass") + ", " + plural(c.failed, "fails", "fail") + ", " + c.ignored.toLocaleString("en") + " ignored" : "not run");
  const cell = (c) => (c ? Object.entries(c.counts).map(([k, n]) => n.toLocaleString("en") + " " + k).join(", ") || "none to run" : "not run");
  const t = tests || {};
  const table = el("table", "",
    el("tr", "", el("th", ""), el("th", "", "tests at base"), el("th", "", "tests at head")),
    el("tr", "", el("th", "", "code at base"), el("td", "", counts(t.base), el("br"), el("span", "side", "the baseline")), el("td", "", cell(t.new_tests_on_old_code), el("br"), el("span", "side", "can the new tests fail?"))),
    el("tr", "", el("th", "", "code at head"), el("td", "", cell(t.old_tests_on_new_code), el("br"), el("span", "side", "were tests rewritten to agree?")), el("td", "", counts(t.head), el("br"), el("span", "side", "what is handed over"))));
  if (build) node.append(el("p", "", "Builds: base " + build.base + ", head " + build.head));
  node.append(el("div", "wide", table));
  const names = [["newly failing", t.newly_failing], ["flaky", t.flaky], ["newly ignored", t.newly_ignored], ["removed", t.removed], ["renamed", t.renamed], ["added", t.added],
    ["base's tests that do not pass on head's code", (t.old_tests_on_new_code || {}).list], ["head's tests that do not pass on base's code", (t.new_tests_on_old_code || {}).list]];
  for (const [title, list] of names) {
    if (!list || !list.length) continue;
    node.append(item("note", plural(list.length, "test", "tests"), title, "", () => {
      const box = el("div", "list");
      fill(box, list, (one) => el("div", "mono", Array.isArray(one) ? one.join(" → ") : one));
      return [box];
    }));
  }
});

section("mutants", "Mutants", data.mutants ? data.mutants.total : null, (node) => {
  const all = data.mutants;
  if (!all || !all.total) return node.append(el("p", "empty", all ? "The change holds nothing of which guard makes mutants." : "No mutants were made."));
  const mark = { missed: "deny", uncovered: "deny", timeout: "good", caught: "good" };
  const order = ["missed", "uncovered", "not-run", "timeout", "caught", "unviable", "not-compiled"];
  const list = [...all.list].sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
  node.append(el("p", "", "Small changes of the changed code that a test should notice. A missed one stayed unnoticed; no test reaches an uncovered one."));
  filtered(node, list, order, (m) => m.outcome, (m) => m.path + " " + m.replacement,
    (m) => item(mark[m.outcome] || "note", m.outcome, prose(m.replacement), place(m.path, m.line),
      () => [m.diff ? diff(m.diff) : null,
        m.reason ? el("p", "", m.reason) : null,
        m.caught_by ? el("p", "", "Caught by ", el("code", "", m.caught_by)) : null,
        m.tests_run ? el("p", "side", plural(m.tests_run, "test was", "tests were") + " run with it, " + m.ms.toLocaleString("en") + " ms") : null,
        m.reached_by ? el("p", "side", "Reached by " + m.reached_by.join(", ")) : null]));
});

section("checks", "Not measured", (data.skipped_checks || []).length, (node) => {
  const list = data.skipped_checks || [];
  const box = data.sandbox;
  if (box) {
    const has = [[box.writes_confined, "writes only in the scratch area"], [box.network_closed, "no network"], [box.tree_killed, "no process outlives its test"]];
    node.append(el("p", "", "Sandbox: " + has.map(([on, what]) => (on ? what : "not: " + what)).join(", ")));
    for (const remark of box.remarks || []) node.append(el("p", "side", remark));
  }
  if (!list.length) return node.append(el("p", "empty", "Every check of this mode could be measured."));
  filtered(node, list, ["budget", "missing-tool", "sandbox", "input", "mode"], (s) => s.reason_kind, (s) => s.check + " " + s.reason,
    (s) => item(s.reason_kind === "mode" ? "note" : "warn", s.reason_kind, el("span", "mono", s.check), s.reason, () => [el("p", "", prose(s.reason)), s.log ? el("p", "side mono", s.log) : null]));
});

section("timings", "Time", null, (node) => {
  const phases = (data.timings || {}).phases || [];
  const most = Math.max(1, ...phases.map((p) => p.ms));
  const grid = el("div", "time");
  for (const phase of phases) {
    const bar = el("span", "bar", el("i"));
    bar.firstChild.style.width = (100 * phase.ms) / most + "%";
    grid.append(el("span", "", phase.name), bar, el("span", "", phase.ms < 1000 ? phase.ms + " ms" : (phase.ms / 1000).toFixed(1) + " s"));
  }
  node.append(grid);
  node.append(el("p", "side", "Collecting took " + ((data.timings || {}).collect_ms || 0).toLocaleString("en") + " ms, judging " + ((data.timings || {}).check_ms || 0).toLocaleString("en") + " ms."));
});

// ---- the page -----------------------------------------------------------------------------------

const tabs = document.getElementById("tabs");
const main = document.querySelector("main");
for (const s of sections) {
  s.tab = el("button", "", s.title, s.count === null ? "" : [" ", el("span", "n", s.count.toLocaleString("en"))]);
  s.tab.setAttribute("role", "tab");
  s.tab.addEventListener("click", () => show(s.id));
  tabs.append(s.tab);
}

function show(id, filter) {
  const chosen = sections.find((s) => s.id === id) || sections[0];
  for (const s of sections) {
    s.tab.setAttribute("aria-selected", String(s === chosen));
    s.tab.tabIndex = s === chosen ? 0 : -1;
    if (s.node) s.node.hidden = s !== chosen;
  }
  if (!chosen.node) {
    chosen.node = el("section");
    chosen.node.id = "part-" + chosen.id;
    chosen.node.setAttribute("role", "tabpanel");
    chosen.node.setAttribute("aria-label", chosen.title);
    main.append(chosen.node);
    chosen.build(chosen.node);
  }
  if (filter !== undefined && chosen.node.filterBy) chosen.node.filterBy(filter);
  const hash = "#" + chosen.id;
  if (!location.hash.startsWith(hash)) history.replaceState(null, "", hash);
  return chosen;
}

function follow() {
  const [id, words] = location.hash.slice(1).split("?q=");
  let filter;
  try { filter = words === undefined ? undefined : decodeURIComponent(words); } catch { filter = words; }
  show(id, filter);
}
addEventListener("hashchange", follow);

function dark() {
  const root = document.documentElement;
  const is = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = is ? "light" : "dark";
}
document.getElementById("theme").addEventListener("click", dark);
const keys = document.getElementById("keys");
document.getElementById("help").addEventListener("click", () => keys.showModal());

function move(step) {
  const rows = [...main.querySelectorAll("section:not([hidden]) details.item > summary")];
  const at = rows.indexOf(document.activeElement);
  const row = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  if (row) { row.focus(); row.scrollIntoView({ block: "nearest" }); }
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input[type=search], select");
  if (event.key === "Escape" && typing) return event.target.blur();
  if (typing) return;
  const current = sections.findIndex((s) => s.tab.getAttribute("aria-selected") === "true");
  const field = main.querySelector("section:not([hidden]) input[type=search]");
  if (event.key === "/" && field) { event.preventDefault(); field.focus(); field.select(); }
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "t") dark();
  else if (event.key === "?") keys.showModal();
  else if (event.key >= "1" && event.key <= String(sections.length)) show(sections[Number(event.key) - 1].id);
  else if ((event.key === "ArrowRight" || event.key === "ArrowLeft") && event.target.getAttribute("role") === "tab") {
    const next = sections[(current + (event.key === "ArrowRight" ? 1 : sections.length - 1)) % sections.length];
    show(next.id);
    next.tab.focus();
  }
});

follow();
const first = document.querySelector("#part-findings details.item");
if (first && findings.length <= 20) first.open = true;
document.documentElement.dataset.readyMs = (performance.now() - begun).toFixed(1);
