/** The dialogs of the users page. What is secret is shown once, in a dialog of its own. */

import { patch, post, put, remove } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { ask, choice, line } from "./dialog.js";
import { h } from "./dom.js";
import { t, term } from "./i18n.js";

const SIGNED_IN = ["viewer", "station", "dispatcher", "admin"];
const PROGRAMS = [...SIGNED_IN, "device_push"];
const INDENTS = { district: "", town: "　", village: "　　" };

export function addUser(regions, done) {
  askRights({
    title: t("users.add_user"),
    fields: [nameField(), roles(SIGNED_IN, "station"), regionField(regions, bootstrap.user.region)],
    path: "/users",
    shown: ({ user, password }) => [t("users.password_of", { name: user.name }), password],
    note: t("users.password_note"),
    done,
  });
}

export function addToken(regions, done) {
  askRights({
    title: t("users.add_token"),
    fields: [nameField(), roles(PROGRAMS, "viewer"), regionField(regions, bootstrap.user.region)],
    path: "/tokens",
    shown: ({ token, text }) => [t("users.token_of", { name: token.name }), text],
    note: t("users.token_note"),
    done,
  });
}

export function changeUser(user, regions, done) {
  ask({
    title: t("users.change_of", { name: user.name }),
    fields: [roles(SIGNED_IN, user.role), regionField(regions, user.region_code)],
    submit: t("users.save"),
    send: (values) => patch(`/users/${user.id}`, rights(values)),
    done,
  });
}

export function resetPassword(user, done) {
  let given = null;
  ask({
    title: t("users.password_title", { name: user.name }),
    fields: h("p", {}, t("users.password_effect")),
    submit: t("users.password"),
    send: async (_values, key) => {
      given = await post(`/users/${user.id}/password`, {}, key);
    },
    done: async () => {
      showOnce(t("users.password_of", { name: user.name }), given.password, t("users.password_note"));
      await done();
    },
  });
}

/** Say what will happen and do it: `order` is a method and a path. */
export function confirm(what, name, { method, path }, done) {
  ask({
    title: `${t(`users.${what}`)}: ${name}`,
    fields: h("p", {}, t(`users.${what}_effect`)),
    submit: t(`users.${what}`),
    send: () => (method === "PUT" ? put(path, {}) : remove(path)),
    done,
  });
}

function askRights({ title, fields, path, shown, note, done }) {
  let given = null;
  ask({
    title,
    fields,
    submit: t("users.save"),
    send: async (values, key) => {
      given = await post(path, { name: values.name, ...rights(values) }, key);
    },
    done: async () => {
      showOnce(...shown(given), note);
      await done();
    },
  });
}

function showOnce(title, secret, note) {
  ask({
    title,
    fields: [h("p", { class: "secret", "data-secret": true }, secret ?? t("users.shown_before")), h("p", {}, note)],
  });
}

function rights({ role, region_code }) {
  return { role, region_code: region_code || null };
}

function nameField() {
  return line("name", t("users.name"), { required: true, maxlength: 200, autocapitalize: "none" });
}

function roles(offered, chosen) {
  const options = offered.map((role) => [role, `${term("user_role", role)}: ${t(`users.may_${role}`)}`]);
  return choice("role", t("users.role"), options, chosen);
}

/** The divisions as a tree; who is bound to one cannot give every region. */
function regionField(regions, chosen) {
  const below = (code) => regions.filter(({ parent_code }) => parent_code === code);
  const known = new Set(regions.map(({ code }) => code));
  const walk = (region) => [region, ...below(region.code).flatMap(walk)];
  const tree = regions.filter(({ parent_code }) => !known.has(parent_code)).flatMap(walk);
  const option = (value, text) => h("option", { value, selected: value === (chosen ?? "") }, text);
  return h(
    "label",
    { class: "line" },
    t("users.region"),
    h(
      "select",
      { name: "region_code" },
      !bootstrap.user.region && option("", t("users.everywhere")),
      tree.map(({ code, name, level }) => option(code, `${INDENTS[level]}${name}`)),
    ),
  );
}
