"use strict";
// Sorting, filter and status chips. The page says everything without this.
(() => {
  const table = document.getElementById("rows");
  if (!table) return;
  const controls = document.querySelector(".controls"), find = document.getElementById("find");
  const chips = [...document.querySelectorAll(".chips button")];
  const entries = [...table.tBodies];
  const texts = new Map();
  controls.hidden = false;
  const textOf = (entry) => {
    if (!texts.has(entry)) texts.set(entry, entry.textContent.toLowerCase());
    return texts.get(entry);
  };
  const show = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = new Set(chips.filter((c) => c.ariaPressed === "true").map((c) => c.dataset.status));
    let shown = 0;
    for (const entry of entries) {
      const fits = (!chosen.size || chosen.has(entry.dataset.status))
        && words.every((word) => textOf(entry).includes(word));
      entry.hidden = !fits;
      shown += fits;
    }
    document.getElementById("shown").textContent = `${shown} of ${entries.length} rows shown`;
  };
  const sort = (head) => {
    const column = head.cellIndex, figures = head.classList.contains("num");
    const number = column === 0 || figures; // the status sorts by the row's own place
    const ways = figures ? ["descending", "ascending"] : ["ascending", "descending"];
    const way = ways[head.ariaSort === ways[0] ? 1 : 0];
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    head.ariaSort = way;
    const keyed = entries.map((entry) => {
      const cell = entry.rows[0].cells[column], raw = cell.dataset.sort ?? cell.textContent.trim();
      return [number ? Number(raw.replace("inf", "Infinity")) : raw, entry];
    });
    const absent = ([key]) => key === "" || Number.isNaN(key);
    const compare = ([a], [b]) => (number ? (a === b ? 0 : a - b) : a.localeCompare(b));
    const sign = way === "ascending" ? 1 : -1;
    keyed.sort((a, b) => absent(a) - absent(b) || sign * compare(a, b));
    table.append(...keyed.map(([, entry]) => entry));
  };
  const reveal = () => {
    const entry = document.getElementById(location.hash.slice(1));
    if (entry) for (const folded of entry.querySelectorAll("details")) folded.open = true;
  };
  for (const head of table.tHead.rows[0].cells) {
    head.innerHTML = `<button type="button">${head.innerHTML}</button>`;
    head.firstChild.addEventListener("click", () => sort(head));
  }
  for (const chip of chips) {
    const press = () => { chip.ariaPressed = String(chip.ariaPressed !== "true"); };
    chip.addEventListener("click", () => { press(); show(); });
  }
  find.addEventListener("input", show);
  controls.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  show(), reveal();
})();
