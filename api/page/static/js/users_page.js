/** Users and tokens, for admins: who may do what and where, added, changed and ended. */

import { getAll } from "./api.js";
import { h, redraw } from "./dom.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";
import { table } from "./table.js";
import { addToken, addUser, changeUser, confirm, resetPassword } from "./users_dialogs.js";
import { runWallClock } from "./wall_clock.js";

const element = (id) => document.getElementById(id);
const SIGNS = { active: "●", locked: "⏸", retired: "✕" };
let regions = [];

async function reload() {
  const [users, tokens] = await Promise.all([getAll("/users"), getAll("/tokens")]);
  const isShown = (is_over) => element("with-ended").checked || !is_over;
  const people = users.filter(({ state }) => isShown(state === "retired"));
  const inUse = tokens.filter(({ revoked_at }) => isShown(revoked_at));
  const heads = ["name", "role", "region", "state", "last", "acts"];
  redraw(
    element("users"),
    table(
      heads.map((head) => t(`users.${head}`)),
      people.map(userRow),
    ),
  );
  redraw(
    element("tokens"),
    inUse.length
      ? table(
          ["name", "role", "region", "made", "acts"].map((head) => t(`users.${head}`)),
          inUse.map(tokenRow),
        )
      : h("p", { class: "quiet" }, t("users.no_tokens")),
  );
}

function userRow(user) {
  const state = `${SIGNS[user.state]} ${term("user_state", user.state)}`;
  return h(
    "tr",
    { "data-user": user.name, class: `user-${user.state}` },
    h("th", { scope: "row" }, user.name),
    h("td", {}, term("user_role", user.role)),
    h("td", {}, regionText(user)),
    h(
      "td",
      {},
      state,
      user.sessions > 0 && h("span", { class: "quiet" }, ` · ${t("users.sessions", { n: user.sessions })}`),
      user.must_change_password && h("p", { class: "quiet" }, t("users.temporary")),
    ),
    h("td", {}, dateTime(user.last_sign_in_at)),
    h("td", {}, user.state !== "retired" && h("div", { class: "acts" }, userActs(user))),
  );
}

function userActs(user) {
  const path = `/users/${user.id}`;
  const { name } = user;
  const locked = user.state === "locked";
  return [
    act("change", user, () => changeUser(user, regions, reload)),
    act("password", user, () => resetPassword(user, reload)),
    user.sessions > 0 &&
      act("end", user, () => confirm("end", name, { method: "DELETE", path: `${path}/sessions` }, reload)),
    locked
      ? act("unlock", user, () => confirm("unlock", name, { method: "DELETE", path: `${path}/lock` }, reload))
      : act("lock", user, () => confirm("lock", name, { method: "PUT", path: `${path}/lock` }, reload)),
    act("retire", user, () => confirm("retire", name, { method: "DELETE", path }, reload)),
  ];
}

function tokenRow(token) {
  const revoke = () => confirm("revoke", token.name, { method: "DELETE", path: `/tokens/${token.id}` }, reload);
  return h(
    "tr",
    { "data-token": token.name, class: token.revoked_at ? "user-retired" : "" },
    h("th", { scope: "row" }, token.name),
    h("td", {}, term("user_role", token.role)),
    h("td", {}, regionText(token)),
    h("td", {}, dateTime(token.created_at)),
    h(
      "td",
      {},
      token.revoked_at
        ? `✕ ${t("users.revoked", { at: dateTime(token.revoked_at) })}`
        : act("revoke", token, revoke),
    ),
  );
}

function regionText({ region_code }) {
  if (!region_code) return t("users.everywhere");
  return regions.find(({ code }) => code === region_code)?.name ?? region_code;
}

function act(what, { id, name }, onclick) {
  const label = `${t(`users.${what}`)} ${name}`;
  const focus = `${what}-${id}`;
  return h("button", { type: "button", "aria-label": label, "data-focus": focus, onclick }, t(`users.${what}`));
}

regions = await getAll("/regions");
element("add-user").addEventListener("click", () => addUser(regions, reload));
element("add-token").addEventListener("click", () => addToken(regions, reload));
element("with-ended").addEventListener("change", reload);
runWallClock();
await reload();
