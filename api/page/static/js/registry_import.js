/** Files of district data: checked first, written when somebody has seen what they would change. */

import { newIdempotencyKey, postForm } from "./api.js";
import { h, replaceChildren } from "./dom.js";
import { t } from "./i18n.js";
import { inWords } from "./registry_faults.js";
import { table } from "./table.js";

const PATIENCE_MS = 300_000; // a whole district is checked row by row
const SHOWN = 100;
const NAMED = 5;

/** Fill the panel; `written()` follows an import that changed something. */
export function showImport(panel, body, written) {
  const outcome = h("div", { class: "import-outcome", "aria-live": "polite" });
  const chosen = h("input", {
    type: "file",
    id: "import-files",
    multiple: true,
    accept: ".xlsx,.xls,.csv,.geojson,.json,.zip",
    onchange: () => check([...chosen.files]),
  });
  const drop = h(
    "div",
    { class: "import-drop", ondragover: (event) => event.preventDefault(), ondrop: dropped },
    h("label", { for: chosen.id }, t("import.choose")),
    chosen,
  );
  replaceChildren(body, h("p", { class: "quiet" }, t("import.note")), drop, outcome);
  panel.hidden = false;

  function dropped(event) {
    event.preventDefault();
    check([...event.dataTransfer.files]);
  }

  async function check(files) {
    if (!files.length) return;
    say(t("import.checking"));
    try {
      const report = await send(files, { dry_run: true });
      replaceChildren(outcome, reportOf(report, files));
    } catch (problem) {
      refuse(problem);
    }
    chosen.value = ""; // the same file, corrected, is a choice again
  }

  function reportOf({ files: counts, faults, warnings }, files) {
    if (faults.length) return faultsOf(faults);
    const changes = Object.values(counts).some(({ created, changed }) => created + changed > 0);
    const confirm = h(
      "button",
      { type: "button", class: "primary", onclick: () => write(files, confirm) },
      t("import.write"),
    );
    return [
      countsOf(counts),
      warnings.map((warning) => h("p", { class: "import-warning" }, `△ ${warningOf(warning)}`)),
      changes ? confirm : h("p", {}, t("import.nothing")),
    ];
  }

  async function write(files, button) {
    button.disabled = true;
    try {
      const report = await send(files, {});
      const done = h("p", { class: "import-done" }, `✓ ${t("import.done")}`);
      replaceChildren(outcome, done, countsOf(report.files));
      await written();
    } catch (problem) {
      refuse(problem);
    }
  }

  function say(text) {
    replaceChildren(outcome, h("p", {}, text));
  }

  function refuse(problem) {
    replaceChildren(outcome, h("p", { class: "fault" }, problem.message));
  }
}

function send(files, query) {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  const path = `/registry/import?${new URLSearchParams(query)}`;
  return postForm(path, form, newIdempotencyKey(), PATIENCE_MS);
}

function countsOf(counts) {
  const heads = [t("import.file"), t("import.created"), t("import.changed"), t("import.unchanged")];
  const rows = Object.entries(counts).map(([file, { created, changed, unchanged }]) =>
    h("tr", {}, h("th", { scope: "row" }, file), [created, changed, unchanged].map((n) => h("td", {}, n))),
  );
  return table(heads, rows);
}

function faultsOf(faults) {
  return [
    h("p", { class: "fault" }, `▲ ${t("import.faults", { n: faults.length })}`),
    h(
      "ul",
      { class: "import-faults" },
      faults.slice(0, SHOWN).map((fault) =>
        h(
          "li",
          {},
          h("strong", {}, `${fault.file}:${fault.row}:${fault.column}`),
          ` ${inWords(fault.message)}`,
        ),
      ),
    ),
    faults.length > SHOWN && h("p", { class: "quiet" }, t("import.more", { n: faults.length - SHOWN })),
  ];
}

function warningOf({ kind, file, ids }) {
  const named = ids.slice(0, NAMED).join(t("import.and")) + (ids.length > NAMED ? "…" : "");
  return t(`warning.${kind}`, { file, n: ids.length, ids: named });
}
