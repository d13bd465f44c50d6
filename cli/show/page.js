"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const root = document.documentElement;

  /** Light or dark: the system's choice until the button is pressed. */
  const theme = byId("theme");
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () =>
    root.style.colorScheme
      ? root.style.colorScheme === "dark"
      : systemDark.matches;
  const nameTheme = () => theme.textContent = isDark() ? "Light" : "Dark";
  theme.addEventListener("click", () => {
    root.style.colorScheme = isDark() ? "light" : "dark";
    nameTheme();
  });
  systemDark.addEventListener("change", nameTheme);
  nameTheme();
  theme.hidden = false;

  const run = JSON.parse(byId("run").textContent);
  const map = byId("map");
  if (!map) return;
  const cells = [...map.children];
  const byChunk = new Map(run.chunks.map((chunk) => [chunk.index, chunk]));

  /** Shows the text of a chunk, what was kept of it marked. */
  const read = ({ title, parts }) => {
    byId("chunk-title").textContent = title;
    const text = byId("chunk-text");
    text.replaceChildren(...parts.map(([part, heads]) => {
      if (heads > 0) {
        const mark = document.createElement("mark");
        mark.style.setProperty(
          "--k",
          `${Math.round(100 * heads / run.heads)}%`,
        );
        mark.title = `kept by ${heads} of ${run.heads} heads`;
        mark.textContent = part;
        return mark;
      }
      const span = document.createElement("span");
      span.className = heads < 0 ? "unread" : "";
      span.textContent = part;
      return span;
    }));
    text.scrollTop = 0;
  };

  const choose = (cell) => {
    for (const other of cells) {
      const chosen = other === cell;
      other.setAttribute("aria-pressed", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
    }
    read(byChunk.get(Number(cell.dataset.chunk)));
  };

  /** Cells that stand in one row of the grid. */
  const perRow = () =>
    cells.filter((cell) => cell.offsetTop === cells[0].offsetTop).length;
  const moves = {
    ArrowLeft: () => -1,
    ArrowRight: () => 1,
    ArrowUp: () => -perRow(),
    ArrowDown: perRow,
    Home: () => -cells.length,
    End: () => cells.length,
  };
  map.addEventListener("click", ({ target }) => {
    const cell = target.closest(".cell");
    if (cell) choose(cell);
  });
  map.addEventListener("keydown", (event) => {
    const at = cells.indexOf(document.activeElement);
    const move = moves[event.key];
    if (at < 0 || !move || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    event.preventDefault();
    const to = Math.max(0, Math.min(cells.length - 1, at + move()));
    cells[to].focus();
    choose(cells[to]);
  });
  choose(cells.find((cell) => cell.getAttribute("aria-pressed") === "true"));
})();
