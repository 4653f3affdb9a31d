// Completes what is typed into fields that know suggestions. Everything works without it.
const base = location.pathname.split("/").slice(0, -1).join("/");

for (const field of document.querySelectorAll("[data-suggest]")) {
  const pause = field.dataset.suggest === "member" ? 400 : 0; // the platform is asked about people, so not at each key
  let asked = null;
  let waiting;
  const ask = async () => {
    const typed = field.value;
    if (typed === asked) return;
    asked = typed;
    const answer = await fetch(`${base}/suggest?${new URLSearchParams({ kind: field.dataset.suggest, typed })}`);
    if (!answer.ok || typed !== asked) return;
    const pairs = await answer.json();
    field.list.replaceChildren(...pairs.map(([value, label]) => Object.assign(new Option(label, value), { label })));
  };
  const quietly = () => ask().catch(() => {});
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(quietly, pause);
  });
  field.addEventListener("focus", quietly);
  if (field === document.activeElement) quietly(); // somebody was quicker than this script
}
