/** One's own account: another password, and the other browsers that are signed in. */

import { get, put, remove } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { h, redraw } from "./dom.js";
import { t, term } from "./i18n.js";
import { runWallClock } from "./wall_clock.js";

const element = (id) => document.getElementById(id);
const form = element("password");

function show(account) {
  const region = account.region_name ?? account.region_code ?? t("users.everywhere");
  redraw(
    element("account"),
    h("p", {}, h("strong", {}, account.name), ` · ${term("user_role", account.role)} · ${region}`),
    h("p", {}, t("account.sessions", { n: account.sessions })),
    account.sessions > 1 &&
      h("button", { type: "button", "data-focus": "others", onclick: endOthers }, t("account.end_others")),
  );
}

async function endOthers() {
  try {
    show(await remove("/account/sessions"));
    element("sessions-said").textContent = t("account.others_ended");
  } catch (problem) {
    element("sessions-said").textContent = problem.message;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  const said = element("password-said");
  said.className = "fault";
  if (values.new !== values.again) {
    said.textContent = t("account.differ");
    return;
  }
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const body = { current: values.current, new: values.new };
    show(await put("/account/password", body));
    form.reset();
    if (bootstrap.user.must_change_password) location.assign("/");
    said.className = "said";
    said.textContent = t("account.changed");
  } catch (problem) {
    said.textContent = problem.message;
  } finally {
    button.disabled = false;
  }
});

runWallClock();
show(await get("/account"));
