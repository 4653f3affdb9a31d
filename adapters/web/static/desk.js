// Completes what is typed into fields that know suggestions. Everything works without it.
const base = location.pathname.split("/").slice(0, -1).join("/");

for (const field of document.querySelectorAll("[data-suggest]")) {
  const list = field.list;
  let asked = "";
  field.addEventListener("input", async () => {
    const typed = (asked = field.value);
    const query = new URLSearchParams({ kind: field.dataset.suggest, typed });
    const answer = await fetch(`${base}/suggest?${query}`);
    if (!answer.ok || typed !== asked) return;
    const pairs = await answer.json();
    list.replaceChildren(...pairs.map(([value, label]) => new Option(label, value)));
  });
}
