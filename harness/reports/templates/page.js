"use strict";
// Filters, sorts and pages the rows, and keeps that in the address. Without it the page has the
// worst rows as HTML and says how many more there are.
(() => {
  const data = document.getElementById("data");
  if (!data) return;
  const { strings, texts, numbers, marks, knownTitles, atOnce } = JSON.parse(data.textContent);
  const at = (id) => document.getElementById(id);
  const table = at("rows"), form = at("controls"), fields = [...form.querySelectorAll("[name]")];
  const chips = [...form.querySelectorAll("[data-show]")], heads = [...table.tHead.rows[0].cells];
  const total = texts.status.length, count = (number) => number.toLocaleString("en");
  const text = (column, row) => strings[texts[column][row]];
  const bodies = new Map([...table.tBodies].map((body) => [Number(body.id.slice(4)) - 1, body]));
  const lower = strings.map((each) => each.toLowerCase());
  const searched = ["status", "image", "case", "candidate", "scope", "label", "other_label", "reason",
    "explanation", "known"];
  const byName = new Intl.Collator("en", { numeric: true });
  let sorting = ["order", "ascending"], page = 0, found = [], marked;

  const pressed = () => chips.filter((c) => c.ariaPressed === "true").map((c) => c.dataset.show);
  const filtered = () => {
    const chosen = new Set(pressed());
    const tests = chosen.size ? [(row) => chosen.has(text("kind", row)) || chosen.has(text("status", row))] : [];
    for (const { name, value } of fields) {
      if (name !== "find" && value) tests.push((row) => text(name, row) === value);
    }
    for (const word of at("find").value.toLowerCase().split(/\s+/).filter(Boolean)) {
      const hits = lower.map((each) => each.includes(word));
      tests.push((row) => searched.some((column) => hits[texts[column][row]]));
    }
    return [...texts.status.keys()].filter((row) => tests.every((test) => test(row)));
  };
  const keys = (column) => {
    if (numbers[column]) return numbers[column].map((value) => (value === null ? NaN : Number(value)));
    const used = [...new Set(texts[column])].sort((a, b) => byName.compare(strings[a], strings[b]));
    const place = new Map(used.map((string, index) => [string, index]));
    return texts[column].map((string) => place.get(string));
  };
  const sorted = (rows) => {
    const [column, way] = sorting, sign = way === "ascending" ? 1 : -1;
    if (column === "order") return sign > 0 ? rows : rows.reverse();
    const key = keys(column), compare = (a, b) => (key[a] === key[b] ? 0 : key[a] - key[b]);
    const absent = (row) => Number.isNaN(key[row]);
    return rows.sort((a, b) => absent(a) - absent(b) || sign * compare(a, b) || a - b);
  };

  const fill = (element, written) => { // wraps where `breakable` of page_text.py does
    const parts = written.split(/(?<=[/._-])(?=[^/._-])(?!(?<=\.)[A-Za-z0-9]{1,5}$)/);
    element.replaceChildren(...parts.flatMap((part, n) => (n ? [document.createElement("wbr"), part] : [part])));
  };
  const picture = (stored) => {
    const [svg, use] = ["svg", "use"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    const attributes = { class: "thumb",
      viewBox: `0 0 ${stored.getAttribute("width")} ${stored.getAttribute("height")}`,
      preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" };
    for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
    use.setAttribute("href", `#${stored.id}`);
    svg.append(use);
    return svg;
  };
  const line = (row) => {
    const body = at("prototype").content.firstElementChild.cloneNode(true), kind = text("kind", row);
    const [first, image, ...cells] = body.rows[0].cells, stored = at(text("thumbnail", row));
    body.id = `row-${row + 1}`, body.className = kind, body.dataset.status = text("status", row);
    const [mark, status] = first.firstElementChild.children;
    first.firstElementChild.className = `badge ${kind}`, mark.textContent = marks[kind];
    fill(status, text("status", row));
    fill(image.querySelector(".name"), text("image", row));
    if (stored) image.querySelector(".thumb").replaceWith(picture(stored));
    heads.slice(2).forEach(({ dataset }, n) => {
      const cell = dataset.column === "label" ? cells[n].firstElementChild : cells[n];
      const wraps = ["case", "candidate"].includes(dataset.column), written = text(dataset.column, row);
      if (wraps) fill(cell, written); else cell.textContent = written;
    });
    body.querySelector(".reason").textContent = text("reason", row);
    const parts = { ".differs": "other_label", ".why": "explanation", "p.known": "known" };
    for (const [name, column] of Object.entries(parts)) {
      const part = body.querySelector(name), written = text(column, row);
      if (written) part.lastElementChild.textContent = written; else part.remove();
    }
    if (text("known", row)) body.querySelector("p.known > b").textContent = knownTitles[kind];
    return body;
  };
  const bodyOf = (row) => {
    if (!bodies.has(row)) bodies.set(row, line(row));
    return bodies.get(row);
  };

  const show = () => {
    found = sorted(filtered());
    const pages = Math.max(1, Math.ceil(found.length / atOnce));
    page = Math.min(page, pages - 1);
    const part = found.slice(page * atOnce, (page + 1) * atOnce);
    const wanted = part.map(bodyOf), there = [...table.tBodies];
    if (wanted.length !== there.length || wanted.some((body, n) => body !== there[n])) {
      for (const body of there) body.remove();
      table.append(...wanted);
    }
    const range = part.length < found.length
      ? `, ${count(page * atOnce + 1)} to ${count(page * atOnce + part.length)} of them below` : "";
    const all = found.length === total;
    at("shown").textContent = all ? `${count(total)} rows${range}` : `${count(found.length)} of ${count(total)} rows match${range}`;
    at("reset").hidden = all;
    at("pager").hidden = pages === 1;
    at("page").textContent = `Page ${page + 1} of ${pages}`;
    at("previous").disabled = page === 0, at("next").disabled = page === pages - 1;
    for (const head of heads) {
      if (head.dataset.column === sorting[0]) head.ariaSort = sorting[1]; else head.removeAttribute("aria-sort");
    }
  };
  const write = () => { // the address of what is shown
    const state = new URLSearchParams();
    if (pressed().length) state.set("show", pressed().join(","));
    for (const { name, value } of fields) if (value) state.set(name, value);
    if (sorting.join() !== "order,ascending") state.set("sort", sorting.join());
    if (page) state.set("page", page + 1);
    const address = location.href.split("#")[0] + (state.size ? `#${state}` : "");
    try { history.replaceState(null, "", address); } catch { /* not in every frame */ }
  };
  const read = () => {
    const state = new URLSearchParams(location.hash.slice(1)), chosen = new Set((state.get("show") ?? "").split(","));
    for (const chip of chips) chip.ariaPressed = String(chosen.has(chip.dataset.show));
    for (const field of fields) {
      field.value = state.get(field.name) ?? "";
      if (field.selectedIndex === -1) field.value = ""; // a name that this run does not have
    }
    const [column, way] = (state.get("sort") ?? "").split(",");
    const known = heads.some((head) => head.dataset.column === column) && ["ascending", "descending"].includes(way);
    sorting = known ? [column, way] : ["order", "ascending"];
    page = Math.max(0, (parseInt(state.get("page"), 10) || 1) - 1);
    show();
  };
  const change = () => { page = 0, show(), write(); };
  const clear = () => {
    for (const chip of chips) chip.ariaPressed = "false";
    for (const field of fields) field.value = "";
    show();
  };
  const reveal = (row) => {
    if (!found.includes(row)) clear();
    page = Math.floor(found.indexOf(row) / atOnce), show();
    marked?.classList.remove("here"), marked = bodyOf(row), marked.classList.add("here");
    for (const folded of marked.querySelectorAll("details")) folded.open = true;
    marked.scrollIntoView();
  };
  const follow = () => {
    const row = /^#row-(\d+)$/.exec(location.hash)?.[1];
    if (row && row >= 1 && row <= total) reveal(row - 1);
    else if (!location.hash || location.hash.includes("=")) read(); // others are headings
  };
  const turn = (by) => { page += by, show(), write(), table.focus(), table.scrollIntoView(); };

  for (const head of heads) {
    head.innerHTML = `<button type="button">${head.innerHTML}</button>`;
    head.firstChild.addEventListener("click", () => {
      const ways = head.matches(".num") ? ["descending", "ascending"] : ["ascending", "descending"];
      sorting = [head.dataset.column, ways[head.ariaSort === ways[0] ? 1 : 0]], change();
    });
  }
  for (const chip of chips) {
    chip.addEventListener("click", () => { chip.ariaPressed = String(chip.ariaPressed !== "true"), change(); });
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    const code = button.previousElementSibling;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try { // not in every frame, as above
        await navigator.clipboard.writeText(code.textContent), button.textContent = "Copied";
      } catch { getSelection().selectAllChildren(code), button.textContent = "Selected"; }
    });
  }
  for (const link of document.querySelectorAll("[data-row]")) link.href = `#row-${link.dataset.row}`;
  at("previous").addEventListener("click", () => turn(-1));
  at("next").addEventListener("click", () => turn(1));
  form.addEventListener("input", change);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => { event.preventDefault(), clear(), change(); });
  addEventListener("hashchange", follow);
  form.hidden = false;
  if (at("with-script")) at("with-script").hidden = false, at("without-script").hidden = true;
  read(), follow();
})();
