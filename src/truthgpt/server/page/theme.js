// A classic script in the head: a remembered theme is set before the first paint, so that the page never flashes.
(() => {
  try {
    const theme = localStorage.getItem("truthgpt.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's theme stands then.
  }
})();
