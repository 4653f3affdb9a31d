// Keeps the wall fresh while it is looked at. Without this file everything can be read, found and printed.

const acts = document.getElementById("acts");
const around = document.getElementById("around");
const said = document.getElementById("said");

function say(sentence) {
  said.textContent = "";
  requestAnimationFrame(() => (said.textContent = sentence));
}

// Whatever stands here unchanged stays the same element: nothing flickers, and a selected text stays selected.
function put(fresh) {
  const known = new Map([...acts.children].map((act) => [act.dataset.mark, act]));
  const before = known.size;
  let news = false;
  const wanted = [...fresh.getElementById("acts").children].map((act) => {
    const old = known.get(act.dataset.mark);
    if (old) return old;
    if (before) act.classList.add("arriving");
    news = true;
    return act;
  });
  for (const act of [...acts.children]) if (!wanted.includes(act)) act.remove();
  wanted.forEach((act, place) => {
    if (acts.children[place] !== act) acts.insertBefore(act, acts.children[place] ?? null);
  });
  const focused = around.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const beside = fresh.getElementById("around");
  if (around.innerHTML !== beside.innerHTML) {
    around.replaceChildren(...beside.childNodes);
    if (focused) (around.querySelector(`a[href="${CSS.escape(focused)}"]`) ?? document.getElementById("wall")).focus();
  }
  document.body.dataset.version = fresh.body.dataset.version;
  return news;
}

async function look() {
  const answer = await fetch(location.href, { cache: "no-store" });
  if (answer.status === 404) return location.reload();
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (put(fresh)) say("Something new is on the wall.");
}

const REFUSED = 30_000; // milliseconds
let stream = null;
function listen() {
  if (stream || document.hidden) return;
  const live = new URL(`${location.pathname}/live${location.search}`, location.origin);
  live.searchParams.set("version", document.body.dataset.version);
  stream = new EventSource(live);
  stream.addEventListener("changed", () => look().catch(() => {}));
  stream.addEventListener("gone", () => location.reload());
  stream.addEventListener("error", ({ target }) => {
    if (target.readyState !== EventSource.CLOSED) return; // it was broken off, and comes back by itself
    stream = null; // it was refused: the page may be gone, or there is no room just now
    look().catch(() => {});
    setTimeout(listen, REFUSED);
  });
}

// A browser allows a handful of connections to one host: a page nobody looks at gives its own back.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    stream?.close();
    stream = null;
  } else listen();
});
listen();
