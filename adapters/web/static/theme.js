"use strict";
// Runs before the page is drawn, so that a chosen theme does not flash.
try {
  const theme = localStorage.getItem("kindling-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* storage is switched off: the system's theme it is */ }
document.documentElement.classList.add("script");
