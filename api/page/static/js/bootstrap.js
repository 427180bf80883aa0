/** What the server puts into the page: language, texts, time zone, plan, who is signed in. */

export const bootstrap = JSON.parse(document.getElementById("bootstrap").textContent);
