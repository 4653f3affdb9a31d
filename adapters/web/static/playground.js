// Keeps the page fresh and sends forms without loading it again. Without this file everything still works.

const $ = (id) => document.getElementById(id);
const live = new URL(document.body.dataset.live, location);
const onlyOld = document.body.dataset.older === "yes";

/* -- what is said aloud, and shown for a moment ------------------------------------------------- */

let fading = 0;
function whisper(sentence) {
  $("whisper").textContent = "";
  requestAnimationFrame(() => ($("whisper").textContent = sentence));
}

function say(sentence, { trouble = false } = {}) {
  if (!sentence) return;
  const line = $("say");
  clearTimeout(fading);
  line.textContent = "";
  line.classList.toggle("trouble", trouble);
  requestAnimationFrame(() => {
    line.textContent = sentence;
    line.classList.add("shown");
  });
  fading = setTimeout(() => line.classList.remove("shown"), trouble ? 9000 : 4500);
}

/* -- putting changes onto the page -------------------------------------------------------------- */

function focusedIn(node) {
  const focused = document.activeElement;
  if (!focused || !node.contains(focused)) return null;
  return focused.dataset.key ? `[data-key="${CSS.escape(focused.dataset.key)}"]` : `#${node.id}-heading`;
}

function put(list, piece) {
  const old = $(piece.id);
  if (old && Number(old.dataset.revision) >= piece.revision) return false;
  const focused = old && focusedIn(old);
  if (!piece.html) {
    old?.remove();
    if (focused) (list.querySelector("h3") ?? $("panel-title")).focus();
    return false;
  }
  const template = document.createElement("template");
  template.innerHTML = piece.html;
  const fresh = template.content.querySelector("li");
  if (old) {
    old.replaceWith(fresh);
    if (focused) (fresh.querySelector(focused) ?? fresh.querySelector("h3")).focus({ preventScroll: true });
    return false;
  }
  if (list.id === "messages" && onlyOld) return true;
  const number = Number(fresh.dataset.number);
  const next = [...list.children].find((other) => Number(other.dataset.number) < number);
  fresh.classList.add("arriving");
  list.insertBefore(fresh, next ?? null);
  return true;
}

function apply(changes) {
  for (const piece of changes.messages) {
    if (put($("messages"), piece)) say(`A new card: ${piece.words}`);
  }
  for (const piece of changes.entries) {
    if (put($("entries"), piece)) {
      whisper(`Only you see this: ${piece.words}`);
      $("panel").classList.add("unread");
    }
  }
  $("empty").hidden = $("messages").children.length > 0;
  $("quiet").hidden = $("entries").children.length > 0;
  for (const name of changes.elsewhere) {
    const link = document.querySelector(`[data-channel="${CSS.escape(name)}"]`);
    if (link && !link.querySelector(".fresh")) {
      link.insertAdjacentHTML("beforeend", '<span class="fresh"><span class="unseen">something new</span></span>');
    }
  }
  wish(document);
}

function look(id) {
  const place = $(id);
  if (!place?.matches(".entry")) return;
  unfold(true);
  const target =
    place.querySelector("[aria-invalid=true]:not(fieldset), fieldset[aria-invalid=true] input") ??
    place.querySelector(".form .field :is(input, select, textarea)") ??
    place.querySelector("h3");
  target.focus({ preventScroll: true });
  const scroller = $("panel-body");
  const top = place.offsetTop - scroller.offsetTop - 8;
  scroller.scrollTo({ top, behavior: calm() ? "auto" : "smooth" });
}

// In a narrow window the private panel is a drawer at the bottom.
function unfold(open) {
  $("fold").setAttribute("aria-expanded", String(open));
  $("panel").classList.toggle("open", open);
  if (open) $("panel").classList.remove("unread");
}
$("fold").addEventListener("click", () => unfold(!$("panel").classList.contains("open")));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && $("panel").classList.contains("open")) unfold(false);
});

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/* -- the stream --------------------------------------------------------------------------------- */

let stream = null;
function listen() {
  if (stream || document.hidden) return;
  stream = new EventSource(live);
  stream.addEventListener("changes", (event) => {
    live.searchParams.set("since", event.lastEventId);
    apply(JSON.parse(event.data));
  });
  stream.addEventListener("clock", (event) => tell(JSON.parse(event.data)));
  stream.addEventListener("reload", () => location.reload());
  stream.addEventListener("open", () => document.documentElement.classList.remove("offline"));
  stream.addEventListener("error", () => document.documentElement.classList.add("offline"));
}

// A browser allows a handful of connections to one host: a page nobody looks at gives its own back.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    stream?.close();
    stream = null;
  } else listen();
});

function tell({ now, moving, said }) {
  if ($("now").textContent !== now) $("now").textContent = now;
  const words = moving || said;
  if ($("moving").textContent !== words) $("moving").textContent = words;
  document.documentElement.classList.toggle("travelling", Boolean(moving));
  for (const button of document.querySelectorAll(".moves button")) button.disabled = Boolean(moving);
}

/* -- forms -------------------------------------------------------------------------------------- */

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-live]")) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  try {
    const filled = new FormData(form, event.submitter);
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST",
      body: form.enctype === "multipart/form-data" ? filled : new URLSearchParams(filled),
      headers: { Accept: "application/json" },
    });
    const data = await answer.json();
    if (data.problem) {
      say(data.problem, { trouble: true });
      return;
    }
    if (form.matches("[data-clears]")) form.reset();
    apply(data);
    say(data.say);
    look(data.focus);
  } catch {
    say("The playground does not answer. Is it still running?", { trouble: true });
  } finally {
    form.removeAttribute("aria-busy");
  }
});

/* -- completions -------------------------------------------------------------------------------- */

const wished = new WeakSet();
function wish(root) {
  for (const input of root.querySelectorAll("[data-suggest]")) {
    if (wished.has(input)) continue;
    wished.add(input);
    let waiting = 0;
    const ask = async () => {
      const query = new URLSearchParams({ kind: input.dataset.suggest, typed: input.value });
      const answer = await fetch(`/suggest?${query}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const options = (await answer.json()).map(([value, label]) => {
        const option = new Option(label, value);
        option.label = label;
        return option;
      });
      input.list.replaceChildren(...options);
    };
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => ask().catch(() => {}), 120);
    });
    input.addEventListener("focus", () => ask().catch(() => {}), { once: true });
  }
}

/* -- a picture that was chosen, before it is sent ----------------------------------------------- */

document.addEventListener("change", ({ target: input }) => {
  if (input.type !== "file") return;
  input.parentElement.querySelector(".chosen")?.remove();
  const [file] = input.files;
  if (!file?.type.startsWith("image/")) return;
  const picture = Object.assign(new Image(), { className: "chosen", alt: "The picture that you chose" });
  picture.addEventListener("error", () => picture.remove());
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    if (input.files[0] !== file) return;
    picture.src = reader.result;
    input.after(picture);
  });
  reader.readAsDataURL(file);
});

/* -- the theme ---------------------------------------------------------------------------------- */

const themes = ["auto", "light", "dark"];
const themeNames = { auto: "as the system", light: "light", dark: "dark" };
function showTheme() {
  const now = document.documentElement.dataset.theme ?? "auto";
  $("theme-name").textContent = `Theme: ${themeNames[now]}`;
  return now;
}
$("theme").hidden = false;
$("theme").addEventListener("click", () => {
  const next = themes[(themes.indexOf(showTheme()) + 1) % themes.length];
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("kindling-theme", next);
  } catch { /* it lasts until the page is left */ }
  showTheme();
});

showTheme();
wish(document);
listen();
